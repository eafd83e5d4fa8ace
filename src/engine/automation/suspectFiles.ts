/** Files of ticks that failed, so that one of them does not hold up the others. */
export interface SuspectFiles {
  /**
   * Which of these files, by path and version, go together next: those that failed least often, and never more than
   * half of those that failed together.
   */
  choose(versions: ReadonlyMap<string, string>): Map<string, string>;
  /** They failed together. Answers whether others, or some of them, may do better than all of them again. */
  failed(versions: ReadonlyMap<string, string>, left: ReadonlyMap<string, string>): boolean;
  well(versions: ReadonlyMap<string, string>): void;
  /** A file that is gone is under no suspicion. */
  gone(path: string): void;
  paths(): string[];
}

export function suspectFiles(): SuspectFiles {
  const suspects = new Map<string, { version: string; strikes: number; together: number }>();
  const suspectOf = (path: string, version: string | undefined) => {
    const known = suspects.get(path);
    return known?.version === version ? known : undefined;
  };
  const strikesOf = (path: string, version: string | undefined) => suspectOf(path, version)?.strikes ?? 0;

  return {
    choose(versions) {
      const least = Math.min(...[...versions].map(([path, version]) => strikesOf(path, version)));
      const alike = [...versions].filter(([path, version]) => strikesOf(path, version) === least);
      const most = Math.min(
        ...alike.map(([path, version]) => suspectOf(path, version)?.together ?? alike.length),
      );
      return new Map(alike.slice(0, most));
    },
    failed(versions, left) {
      let strikes = 0;
      for (const [path, version] of versions) {
        strikes = strikesOf(path, version) + 1;
        suspects.set(path, { version, strikes, together: Math.ceil(versions.size / 2) });
      }
      return versions.size > 1 || [...left].some(([path, version]) => strikesOf(path, version) < strikes);
    },
    well(versions) {
      for (const path of versions.keys()) suspects.delete(path);
    },
    gone: path => void suspects.delete(path),
    paths: () => [...suspects.keys()],
  };
}
