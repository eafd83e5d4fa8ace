import type { AssetKey } from "./assetKey.ts";
import type { AutomationFacts } from "./conditionFacts.ts";
import type { Automation } from "./conditionGraph.ts";
import { restoreSet, type SavedPartitions, savePartitions, saveSet } from "./conditionMemory.ts";
import {
  difference,
  emptySet,
  intersection,
  type PartitionSet,
  setOfIndexes,
  setOfRange,
  union,
} from "./partitionSet.ts";
import { allPartitions, type Partitioning, partitionsAt } from "./partitions.ts";

/** Something that happened to assets: plain, as a test writes it or a store remembers it. */
export type HistoryEvent = { readonly at: number } & (
  | ({ readonly kind: "materialized"; readonly run?: string } & HistoryTarget)
  | { readonly kind: "runStarted"; readonly run: string; readonly targets: readonly HistoryTarget[] }
  /** What it planned is materialized where it succeeded, and failed where it did not and nothing came of it. */
  | { readonly kind: "runEnded"; readonly run: string; readonly succeeded: boolean }
  | ({
      readonly kind: "checked";
      readonly check: string;
      readonly blocking: boolean;
      readonly passed: boolean;
    } & HistoryTarget)
  | { readonly kind: "partitionsAdded"; readonly name: string; readonly keys: readonly string[] }
  | { readonly kind: "partitionsRemoved"; readonly name: string; readonly keys: readonly string[] }
);

export interface HistoryTarget {
  readonly asset: AssetKey;
  /** Null or absent: an asset without partitions, or every partition that exists. */
  readonly partitions?: readonly string[] | PartitionSet | null;
}

/** Everything that has happened so far, and what follows from it. */
export interface AutomationHistory {
  /** Adds what happened next. */
  add(event: HistoryEvent): void;
  /** What is known at an instant, after all that was added; good until the next event. */
  factsAt(now: number): AutomationFacts;
  /** Lets go of updates up to a watermark. */
  forgetUpdates(watermark: number): void;
}

/** A history in which nothing has happened yet. */
export function automationHistory(
  automation: Automation,
  dynamicKeys: Readonly<Record<string, readonly string[]>> = {},
): AutomationHistory {
  const dynamic = new Map(Object.entries(dynamicKeys));
  const records = new Map<AssetKey, AssetRecord>();
  const runs = new Map<string, Map<AssetKey, PartitionSet>>();
  let sequence = 0;
  // How often the keys of dynamic partitions have changed.
  const generation = 0;
  const keysOf = (name: string) => dynamic.get(name) ?? [];

  return {
    add(event) {
      sequence++;
      if (event.kind === "partitionsAdded" || event.kind === "partitionsRemoved") {
        const rest = keysOf(event.name).filter(key => !event.keys.includes(key));
        const added = event.keys.filter(key => !keysOf(event.name).includes(key));
        dynamic.set(
          event.name,
          event.kind === "partitionsRemoved" ? rest : [...keysOf(event.name), ...added],
        );
      } else if (event.kind === "materialized") {
        materialize(recordAt(event.asset, event.at), event, event.run);
      } else if (event.kind === "runStarted") startRun(event.run, event.targets, event.at);
      else if (event.kind === "runEnded") endRun(event.run, event.succeeded, event.at);
      else check(recordAt(event.asset, event.at), event);
    },
    forgetUpdates(watermark) {
      for (const record of records.values()) {
        record.updates = record.updates.filter(it => it.sequence > watermark);
      }
    },
    factsAt(now) {
      const existing = (key: AssetKey, set: (record: AssetRecord) => PartitionSet) => {
        const record = recordAt(key, now);
        return intersection(set(record), allPartitions(record.partitions));
      };
      return {
        watermark: sequence,
        dynamicKeys: keysOf,
        materialized: key => existing(key, it => it.materialized),
        failed: key => existing(key, it => it.failed),
        inProgress: key => existing(key, it => [...it.planned.values()].reduce(union, emptySet)),
        madeTogether: (key, other) => existing(key, it => it.together.get(other) ?? emptySet),
        updates(key, after) {
          const { updates } = recordAt(key, now);
          const from = updates.findIndex(it => it.sequence > after);
          return from < 0
            ? []
            : updates.slice(from).map(it => ({ at: it.at, partitions: existing(key, () => it.partitions) }));
        },
        checksPassed(key, blockingOnly) {
          const { partitions, checks } = recordAt(key, now);
          return [...checks.values()]
            .filter(it => it.blocking || !blockingOnly)
            .reduce((all, it) => intersection(all, it.passed), allPartitions(partitions));
        },
      };
    },
  };

  function startRun(run: string, targets: readonly HistoryTarget[], at: number): void {
    const planned = new Map<AssetKey, PartitionSet>();
    for (const target of targets) {
      const record = recordAt(target.asset, at);
      const set = setOf(target, record);
      planned.set(target.asset, union(planned.get(target.asset) ?? emptySet, set));
      record.planned.set(run, union(record.planned.get(run) ?? emptySet, set));
      record.failed = difference(record.failed, set);
    }
    runs.set(run, planned);
  }

  function endRun(run: string, succeeded: boolean, at: number): void {
    for (const asset of runs.get(run)?.keys() ?? []) {
      const record = recordAt(asset, at);
      const left = record.planned.get(run) ?? emptySet;
      if (succeeded) materialize(record, { asset, partitions: left, at }, run);
      else record.failed = union(record.failed, left);
      record.planned.delete(run);
    }
  }

  function materialize(
    record: AssetRecord,
    event: HistoryTarget & { readonly at: number },
    run: string | undefined,
  ): void {
    const set = setOf(event, record);
    if (set.count === 0) return;
    record.materialized = union(record.materialized, set);
    record.failed = difference(record.failed, set);
    record.updates.push({ sequence, at: event.at, partitions: set });
    for (const result of record.checks.values()) result.passed = difference(result.passed, set);
    for (const [other, together] of record.together) record.together.set(other, difference(together, set));
    if (run === undefined) return;
    for (const other of runs.get(run)?.keys() ?? []) {
      record.together.set(other, union(record.together.get(other) ?? emptySet, set));
    }
    const planned = record.planned.get(run);
    if (planned !== undefined) record.planned.set(run, difference(planned, set));
  }

  function check(
    record: AssetRecord,
    event: HistoryTarget & { readonly check: string; readonly blocking: boolean; readonly passed: boolean },
  ): void {
    const set = setOf(event, record);
    const before = record.checks.get(event.check)?.passed ?? emptySet;
    const passed = event.passed ? union(before, set) : difference(before, set);
    record.checks.set(event.check, { blocking: event.blocking, passed });
  }

  /** What is known of an asset, in terms of the partitions that exist at an instant. */
  function recordAt(key: AssetKey, now: number): AssetRecord {
    const last = records.get(key);
    if (last?.at === now && last.generation === generation) return last;
    const definition = automation.assetOf(key)?.partitions ?? null;
    const partitions = partitionsAt(definition, { now, dynamicKeys: keysOf });
    const saved = savePartitions(definition, now, keysOf);
    const known = records.get(key);
    const record = known ?? emptyRecord(partitions, saved);
    if (known !== undefined && changesIndexes(known, partitions, saved)) {
      const before = known.saved;
      moveSets(record, set => restoreSet(saveSet(set), before, definition, partitions) ?? emptySet);
    }
    record.partitions = partitions;
    record.saved = saved;
    record.at = now;
    record.generation = generation;
    records.set(key, record);
    return record;
  }

  function setOf({ partitions: keys }: HistoryTarget, { partitions }: AssetRecord): PartitionSet {
    if (keys === undefined || keys === null) return allPartitions(partitions);
    if ("ranges" in keys) return keys;
    const indexes = keys.map(key =>
      partitions.kind === "time" ? partitions.indexOfAny(key) : partitions.indexOf(key),
    );
    // A window may be made before it has ended, and is known once it exists.
    return intersection(
      setOfIndexes(indexes.filter(it => it !== null)),
      setOfRange(0, Number.MAX_SAFE_INTEGER),
    );
  }
}

/** What is known of one asset; all sets are of the same partitions. */
interface AssetRecord {
  at: number;
  generation: number;
  partitions: Partitioning;
  saved: SavedPartitions | null;
  materialized: PartitionSet;
  failed: PartitionSet;
  /** What runs that have not ended have yet to make. */
  readonly planned: Map<string, PartitionSet>;
  /** What was last made by a run that planned the other asset too. */
  readonly together: Map<AssetKey, PartitionSet>;
  updates: { readonly sequence: number; readonly at: number; partitions: PartitionSet }[];
  readonly checks: Map<string, { readonly blocking: boolean; passed: PartitionSet }>;
}

function emptyRecord(partitions: Partitioning, saved: SavedPartitions | null): AssetRecord {
  return {
    at: Number.NaN,
    generation: -1,
    partitions,
    saved,
    materialized: emptySet,
    failed: emptySet,
    planned: new Map(),
    together: new Map(),
    updates: [],
    checks: new Map(),
  };
}

function changesIndexes(
  record: AssetRecord,
  partitions: Partitioning,
  saved: SavedPartitions | null,
): boolean {
  if (partitions.kind === "multi") {
    const sizes = record.partitions.kind === "multi" ? record.partitions.sizes : [];
    if (sizes.some((size, i) => size !== partitions.sizes[i])) return true;
  }
  return (record.saved?.dynamicKeys ?? []).some(([, keys], i) => keys !== saved?.dynamicKeys?.[i]?.[1]);
}

function moveSets(record: AssetRecord, move: (set: PartitionSet) => PartitionSet): void {
  record.materialized = move(record.materialized);
  record.failed = move(record.failed);
  for (const map of [record.planned, record.together]) for (const [key, set] of map) map.set(key, move(set));
  for (const update of record.updates) update.partitions = move(update.partitions);
  for (const result of record.checks.values()) result.passed = move(result.passed);
}
