import { digestOf } from "./textDigest.ts";

/** Which keys of dynamic partitions there were, by their names: how many, and a digest of them. */
export type KeptKeys = Readonly<Record<string, { readonly count: number; readonly digest: string }>>;

type Keys = Readonly<Record<string, readonly string[]>>;

/** What to keep of some keys, by which it can be seen later that one of them has moved. */
export function keepKeys(names: Iterable<string>, keys: Keys): KeptKeys {
  return Object.fromEntries(
    [...names].map(name => [
      name,
      { count: keys[name]?.length ?? 0, digest: digestOfKeys(keys[name] ?? []) },
    ]),
  );
}

/** The first name of which keys were removed; others may have been added behind them. */
export function movedName(kept: KeptKeys, keys: Keys): string | null {
  const moved = Object.entries(kept).find(
    ([name, { count, digest }]) => digestOfKeys((keys[name] ?? []).slice(0, count)) !== digest,
  );
  return moved?.[0] ?? null;
}

function digestOfKeys(keys: readonly string[]): string {
  return digestOf(JSON.stringify(keys));
}
