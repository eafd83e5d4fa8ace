import { type AssetGraph, indexGraph } from "../../model/assetGraph.ts";
import type { AssetKey } from "../../model/assetKey.ts";
import { type Condition, partsOf } from "../../model/condition.ts";
import type { AssetUpdate, AutomationFacts } from "../../model/conditionFacts.ts";
import type { Automation } from "../../model/conditionGraph.ts";
import { hasFixedPositions } from "../../model/fixedPositions.ts";
import {
  difference,
  emptySet,
  intersection,
  type PartitionSet,
  setOfIndexes,
  setOfRange,
  union,
} from "../../model/partitionSet.ts";
import { allPartitions, type Partitioning, partitionsAt } from "../../model/partitions.ts";
import { type PartitionsDefinition, partitionsId } from "../../model/partitionsDefinition.ts";
import type { KnownMaterialized } from "../../store/conditionMaterialized.ts";
import type { ConditionLook } from "../../store/conditionMemories.ts";
import {
  type ConditionNews,
  conditionNews,
  failedChecks,
  materializedAfter,
  type NewMaterialization,
} from "../../store/conditionNews.ts";
import type { Sql } from "../../store/database.ts";
import { materializedPartitions, unsettledPartitions } from "../../store/partitionRanges.ts";
import type { VersionedAsset } from "../../store/recordedVersions.ts";
import type { Moment } from "../moment.ts";
import { versionedAsset } from "../staleness.ts";

/** What a look at conditions knows, and what the next one need not ask again. */
export interface ConditionFacts extends AutomationFacts {
  readonly snapshot: string;
  /** What runs have yet to begin. */
  queued(asset: AssetKey): PartitionSet;
  partitionsOf(asset: AssetKey): Partitioning;
  /** By asset, what of its upstream was updated while a run made the asset, and so was not loaded for sure. */
  readonly late: ReadonlyMap<AssetKey, ReadonlyMap<AssetKey, readonly AssetUpdate[]>>;
  /** What is materialized of assets whose positions stay. */
  readonly kept: ReadonlyMap<AssetKey, KnownMaterialized>;
}

export interface FactsQuestion {
  readonly environment: string;
  readonly graph: AssetGraph;
  readonly automation: Automation;
  readonly moment: Moment;
  /** The look before; null: this is the first. */
  readonly before: ConditionLook | null;
  /** What was materialized at the look before, as far as that is known. */
  readonly kept: ReadonlyMap<AssetKey, KnownMaterialized>;
}

/**
 * Reads everything that conditions ask about in a few questions, whatever the number of assets and partitions.
 * What was materialized is read once, and then follows the news. Ask in a transaction that reads one moment.
 */
export async function readConditionFacts(sql: Sql, question: FactsQuestion): Promise<ConditionFacts> {
  const { environment, graph, automation, moment, before } = question;
  const partitionsOf = partitioningOf(automation, moment);
  const concerned = concernedAssets(graph, automation);
  const asked = concerned.map(key => versionedAsset(key, partitionsOf(key)));
  const news = await conditionNews(sql, environment, before?.snapshot ?? null);
  const updates = updatesOf(news, new Map(asked.map(it => [it.asset, it])), partitionsOf);
  const materialized = await readMaterialized(sql, question, asked, news, updates);
  const late = await readLate(sql, question, news, new Map(asked.map(it => [it.asset, it])), partitionsOf);
  const unsettled = await unsettledPartitions(sql, environment, asked);
  const isChecked = automation.order.some(key => asksForChecks(automation.conditionOf(key)));
  const checks = isChecked ? await failedChecks(sql, environment) : [];
  const failing = new Map<AssetKey, { partition: string; isBlocking: boolean }[]>();
  for (const { asset, ...check } of checks) failing.set(asset, [...(failing.get(asset) ?? []), check]);

  const existing = (key: AssetKey, set: PartitionSet | undefined) =>
    set === undefined ? emptySet : intersection(set, allPartitions(partitionsOf(key)));
  const number = (before?.number ?? 0) + 1;
  return {
    watermark: number,
    snapshot: news.snapshot,
    late,
    kept: new Map(
      [...materialized].filter(([key]) => staysInPlace(automation.assetOf(key)?.partitions ?? null)),
    ),
    partitionsOf,
    dynamicKeys: name => moment.keys[name] ?? [],
    materialized: key => existing(key, materialized.get(key)?.partitions),
    failed: key => existing(key, unsettled.get(key)?.failed),
    queued: key => existing(key, unsettled.get(key)?.queued),
    inProgress(key) {
      const stand = unsettled.get(key);
      return stand === undefined ? emptySet : existing(key, union(stand.queued, stand.running));
    },
    updates: key =>
      updates.get(key)?.map(it => ({ at: it.at, partitions: existing(key, it.partitions) })) ?? [],
    madeTogether(key, other) {
      let together = emptySet;
      for (const { partitions, made } of updates.get(key) ?? []) {
        together = made.includes(other) ? union(together, partitions) : difference(together, partitions);
      }
      return existing(key, together);
    },
    checksPassed(key, blockingOnly) {
      const partitions = partitionsOf(key);
      const failed = (failing.get(key) ?? []).filter(it => it.isBlocking || !blockingOnly);
      const { positionOf } = versionedAsset(key, partitions);
      return difference(
        allPartitions(partitions),
        setOfIndexes(failed.flatMap(it => positionOf(it.partition) ?? [])),
      );
    },
  };
}

interface MadeUpdate extends AssetUpdate {
  /** The assets that its run planned. */
  readonly made: readonly AssetKey[];
}

/** Assets with a condition, whatever is upstream of them, and what conditions name. */
export function concernedAssets(graph: AssetGraph, automation: Automation): AssetKey[] {
  const { nodes, parents } = indexGraph(graph);
  const concerned = new Set<AssetKey>();
  for (const key of automation.order) {
    concerned.add(key);
    for (const named of assetsNamedIn(automation.conditionOf(key))) concerned.add(named);
  }
  // A set that grows while it is walked is walked to its end.
  for (const key of concerned) for (const parent of parents.get(key) ?? []) concerned.add(parent);
  return [...concerned].filter(key => nodes.has(key));
}

function assetsNamedIn(condition: Condition): AssetKey[] {
  const own = condition.kind === "asset" ? [condition.key] : [];
  return [...own, ...partsOf(condition).flatMap(assetsNamedIn)];
}

function asksForChecks(condition: Condition): boolean {
  return condition.kind === "checksPassed" || partsOf(condition).some(asksForChecks);
}

function updatesOf(
  { materializations }: ConditionNews,
  assets: ReadonlyMap<AssetKey, VersionedAsset>,
  partitionsOf: (key: AssetKey) => Partitioning,
): Map<AssetKey, MadeUpdate[]> {
  const updates = new Map<AssetKey, MadeUpdate[]>();
  for (const it of materializations) {
    const asset = assets.get(it.asset);
    if (asset === undefined) continue;
    const partitions = positionsOf(it, asset, partitionsOf(it.asset));
    if (partitions.count === 0) continue;
    updates.set(it.asset, [...(updates.get(it.asset) ?? []), { at: it.at, partitions, made: it.together }]);
  }
  return updates;
}

/** What it made, in the present definition; nothing when that has no such partitions. */
function positionsOf(
  { keys, positions }: Pick<NewMaterialization, "keys" | "positions">,
  { definition, positionOf }: VersionedAsset,
  partitions: Partitioning,
): PartitionSet {
  if (definition === null) return allPartitions(partitions);
  if (positions !== null && positions.definition === definition) {
    return setOfRange(positions.first, positions.last + 1);
  }
  if (keys === null) return emptySet;
  const [first, last] = [keys[0], keys.at(-1)].map(key => (key === undefined ? null : positionOf(key)));
  return first == null || last == null ? emptySet : setOfRange(first, last + 1);
}

async function readLate(
  sql: Sql,
  { environment, automation }: FactsQuestion,
  { materializations }: ConditionNews,
  assets: ReadonlyMap<AssetKey, VersionedAsset>,
  partitionsOf: (key: AssetKey) => Partitioning,
): Promise<ConditionFacts["late"]> {
  const withCondition = new Set(automation.order);
  const made = materializations.filter(it => it.startedAt !== null && withCondition.has(it.asset));
  const since = new Map<AssetKey, number>();
  for (const { asset, startedAt } of made) {
    for (const parent of automation.assetOf(asset)?.parents ?? []) {
      since.set(parent, Math.min(since.get(parent) ?? Number.POSITIVE_INFINITY, startedAt ?? 0));
    }
  }
  const asked = [...since].map(([asset, after]) => ({ asset, after }));
  const found = await materializedAfter(sql, environment, asked);
  const late = new Map<AssetKey, Map<AssetKey, AssetUpdate[]>>();
  for (const { asset, startedAt, runId } of made) {
    const parents = automation.assetOf(asset)?.parents ?? [];
    for (const it of found) {
      const known = assets.get(it.asset);
      const isLate = it.asset !== asset && parents.includes(it.asset) && it.at > (startedAt ?? 0);
      // What the same run makes before is what it was made from.
      if (!isLate || known === undefined || (runId !== null && it.runId === runId)) continue;
      const ofAsset = late.get(asset) ?? new Map<AssetKey, AssetUpdate[]>();
      late.set(asset, ofAsset);
      const update = { at: it.at, partitions: positionsOf(it, known, partitionsOf(it.asset)) };
      ofAsset.set(it.asset, [...(ofAsset.get(it.asset) ?? []), update]);
    }
  }
  return late;
}

async function readMaterialized(
  sql: Sql,
  { environment, automation, kept }: FactsQuestion,
  asked: readonly VersionedAsset[],
  { wiped }: ConditionNews,
  updates: ReadonlyMap<AssetKey, readonly MadeUpdate[]>,
): Promise<Map<AssetKey, KnownMaterialized>> {
  const forgotten = new Set(wiped);
  const keptOf = ({ asset, definition }: VersionedAsset) => {
    const known = kept.get(asset);
    return known?.definition === definition && !forgotten.has(asset) ? known : null;
  };
  const unknown = asked.filter(it => keptOf(it) === null);
  const read = unknown.length > 0 ? await materializedPartitions(sql, environment, unknown) : new Map();
  const materialized = new Map<AssetKey, KnownMaterialized>();
  for (const it of asked) {
    const { asset, definition } = it;
    if (automation.assetOf(asset) === undefined) continue;
    const known = keptOf(it);
    const made = updates.get(asset) ?? [];
    const partitions: PartitionSet =
      known === null
        ? (read.get(asset) ?? emptySet)
        : made.reduce((all, update) => union(all, update.partitions), known.partitions);
    materialized.set(asset, { definition, partitions });
  }
  return materialized;
}

function staysInPlace(definition: PartitionsDefinition | null): boolean {
  return definition === null || hasFixedPositions(definition);
}

/** Assets that are cut alike share what is computed about their partitions. */
export function partitioningOf(automation: Automation, moment: Moment): (key: AssetKey) => Partitioning {
  const byId = new Map<string, Partitioning>();
  const byKey = new Map<AssetKey, Partitioning>();
  return key => {
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const definition = automation.assetOf(key)?.partitions ?? null;
    const id = definition === null ? "" : partitionsId(definition);
    const partitions = byId.get(id) ?? partitionsAt(definition, moment);
    byId.set(id, partitions);
    byKey.set(key, partitions);
    return partitions;
  };
}
