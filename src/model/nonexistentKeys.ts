/** Keys of partitions that are needed and do not exist; counted at once, spelled only when they are asked for. */
export interface NonexistentKeys {
  readonly count: number;
  keys(): Iterable<string>;
}

export const noKeys: NonexistentKeys = { count: 0, keys: () => [] };

export function listOfKeys(keys: readonly string[]): NonexistentKeys {
  return keys.length === 0 ? noKeys : { count: keys.length, keys: () => keys };
}
