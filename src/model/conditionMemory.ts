import type { AssetKey } from "./assetKey.ts";
import { intersection, type PartitionSet, setOfRange, setOfRanges } from "./partitionSet.ts";
import { allPartitions, type Partitioning, partitionsAt } from "./partitions.ts";
import {
  dynamicNames,
  isTimePartitions,
  type PartitionsDefinition,
  type SimplePartitions,
  samePartitions,
  type TimePartitions,
} from "./partitionsDefinition.ts";
import { sameKeys } from "./sameKeys.ts";

/** What the condition of one asset remembers from tick to tick: plain JSON. */
export interface ConditionMemory {
  /** The instant of the last tick. */
  readonly evaluatedAt: number;
  readonly watermark: number;
  /** What it requested then. */
  readonly requested: SavedSet;
  /** What its parts remember, by the asset that they were asked about; the first is the asset itself. */
  readonly targets: readonly TargetMemory[];
}

export interface TargetMemory {
  readonly key: AssetKey;
  readonly partitions: SavedPartitions | null;
  readonly parts: readonly PartMemory[];
}

export interface PartMemory {
  readonly id: string;
  readonly true?: SavedSet;
  readonly codeVersion?: string;
}

/** Where ranges of indexes begin and end, in turns. */
export type SavedSet = readonly number[];

/** What the indexes of saved sets mean: the partitions of a definition at an instant. */
export interface SavedPartitions {
  readonly definition: PartitionsDefinition;
  readonly at: number;
  readonly dynamicKeys?: readonly (readonly [name: string, keys: readonly string[]])[];
}

export function saveSet({ ranges }: PartitionSet): SavedSet {
  return ranges.flatMap(({ from, to }) => [from, to]);
}

export function savePartitions(
  definition: PartitionsDefinition | null,
  at: number,
  dynamicKeys: (name: string) => readonly string[],
): SavedPartitions | null {
  if (definition === null) return null;
  const names = dynamicNames(definition);
  if (names.length === 0) return { definition, at };
  return { definition, at, dynamicKeys: names.map(name => [name, dynamicKeys(name)]) };
}

/**
 * A saved set in terms of the partitions that exist now. Null when these are cut otherwise, so that nothing of what
 * is remembered means anything any more.
 */
export function restoreSet(
  saved: SavedSet,
  then: SavedPartitions | null,
  definition: PartitionsDefinition | null,
  now: Partitioning,
): PartitionSet | null {
  const ranges = saved.flatMap((from, i) => (i % 2 === 0 ? [{ from, to: saved[i + 1] ?? from }] : []));
  const set = setOfRanges(ranges);
  if (then === null || definition === null) return then === definition ? set : null;
  if (keepsIndexes(then.definition, definition)) return intersection(set, allPartitions(now));
  if (!isSameKind(then.definition, definition)) return null;
  const before = partitionsAt(listed(then.definition, new Map(then.dynamicKeys)), { now: then.at });
  return sameKeys(before, now, intersection(set, setOfRange(0, before.count))).partitions;
}

/** Whether equal keys mean the same. */
function isSameKind(a: PartitionsDefinition, b: PartitionsDefinition): boolean {
  if (isTimePartitions(a) && isTimePartitions(b)) return windowsOf(a) === windowsOf(b);
  if (a.kind === "dynamic" && b.kind === "dynamic") return a.name === b.name;
  if (a.kind === "multi" && b.kind === "multi") {
    return (
      a.dimensions.length === b.dimensions.length &&
      a.dimensions.every((it, i) => {
        const other = b.dimensions[i];
        return other?.name === it.name && isSameKind(it.partitions, other.partitions);
      })
    );
  }
  return a.kind === b.kind;
}

/** Windows of time are added at the end; with dimensions, each that is added moves the indexes of others. */
function keepsIndexes(a: PartitionsDefinition, b: PartitionsDefinition): boolean {
  return (isTimePartitions(a) || a.kind === "static") && samePartitions(a, b);
}

function windowsOf({ cron, timezone, keyFormat }: TimePartitions): string {
  return [cron, timezone, keyFormat].join("\n");
}

/** Keys that come and go as the list that they were: only then are they compared one by one. */
function listed(
  definition: PartitionsDefinition,
  keys: ReadonlyMap<string, readonly string[]>,
): PartitionsDefinition {
  if (definition.kind === "multi") {
    const dimensions = definition.dimensions.map(({ name, partitions }) => {
      return { name, partitions: listed(partitions, keys) as SimplePartitions };
    });
    return { kind: "multi", dimensions };
  }
  return definition.kind === "dynamic"
    ? { kind: "static", keys: keys.get(definition.name) ?? [] }
    : definition;
}
