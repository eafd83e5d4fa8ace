import { keyDelimiter } from "../model/partitionsDefinition.ts";
import type { Slice } from "./slice.ts";

/** Which partitions a step makes, as the asset's function sees them. */
export interface PartitionContext {
  /** The key of the one partition; reading it in a run over several throws, for there is no one key. */
  readonly key: string;
  /** Every key, in order: one, unless a run covers a range. */
  readonly keys: readonly string[];
  /** From the first window's start up to, not including, the last window's end. Throws when it is no time. */
  readonly window: { readonly start: Date; readonly end: Date };
  /** Of a key with several dimensions: the part of each, by the name of the dimension. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** Of keys with several dimensions: which parts there are of each; of a range their product may be more. */
  readonly keysByDimension: Readonly<Record<string, readonly string[]>>;
}

/** What `context.partition` is; in an asset without partitions, reading anything of it says so. */
export function partitionContext(asset: string, slice: Slice | null): PartitionContext {
  if (slice === null) {
    return new Proxy({} as PartitionContext, {
      get: (_, name) => {
        if (typeof name === "symbol" || name === "then" || name === "toJSON") return undefined;
        throw new Error(
          `${asset} has no partitions, so there is no partition.${name}. Give it partitions: dailyPartitions({ … }).`,
        );
      },
    });
  }
  const { keys, windows, definition } = slice;
  return {
    keys,
    get key() {
      const [key, ...others] = keys;
      if (key !== undefined && others.length === 0) return key;
      throw new Error(
        `${asset} runs for ${keys.length} partitions at once (${keys[0]} … ${keys.at(-1)}), so there is no one key. Read partition.keys or partition.window.`,
      );
    },
    get window() {
      if (windows !== null && windows.length > 0) return spanOf(windows);
      throw new Error(`The partitions of ${asset} are no windows of time. Read partition.key.`);
    },
    get dimensions() {
      if (definition.kind !== "multi") return {};
      const parts = this.key.split(keyDelimiter);
      return Object.fromEntries(definition.dimensions.map(({ name }, at) => [name, parts[at] ?? ""]));
    },
    get keysByDimension() {
      if (definition.kind !== "multi") return {};
      const parts = keys.map(key => key.split(keyDelimiter));
      return Object.fromEntries(
        definition.dimensions.map(({ name }, at) => [name, [...new Set(parts.map(it => it[at] ?? ""))]]),
      );
    },
  };
}

/** With several dimensions the last key need not have the last window. */
function spanOf(windows: NonNullable<Slice["windows"]>): PartitionContext["window"] {
  let { start, end } = windows[0] as { start: number; end: number };
  for (const window of windows) {
    start = Math.min(start, window.start);
    end = Math.max(end, window.end);
  }
  return { start: new Date(start), end: new Date(end) };
}
