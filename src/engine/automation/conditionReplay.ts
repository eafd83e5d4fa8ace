import type { ScannedGraph } from "../../model/assetGraph.ts";
import type { AssetKey } from "../../model/assetKey.ts";
import type { Condition } from "../../model/condition.ts";
import { type Automation, prepareAutomation } from "../../model/conditionGraph.ts";
import type { ConditionSimulation } from "../../model/conditionState.ts";
import { ruleInWords } from "../../model/conditionWords.ts";
import { emptySet, type PartitionSet, setOfRange, union } from "../../model/partitionSet.ts";
import { allPartitions } from "../../model/partitions.ts";
import { partitionsId } from "../../model/partitionsDefinition.ts";
import { simulate } from "../../model/simulate.ts";
import type { HistoryEvent, HistoryTarget } from "../../model/simulateHistory.ts";
import {
  materializedBefore,
  type RecordedSlice,
  recordedMaterializations,
  recordedRuns,
} from "../../store/conditionHistory.ts";
import { runsOfCondition } from "../../store/conditionTicks.ts";
import type { Sql } from "../../store/database.ts";
import { partitionDurations } from "../../store/partitionHistory.ts";
import { type Moment, momentAt } from "../moment.ts";
import { concernedAssets, partitioningOf } from "./conditionFacts.ts";

/**
 * Plays what is recorded to a condition. What its own earlier runs made of the asset is left out: in their place
 * comes what this condition requests, which takes as long as such runs took. Everything else happens as it did.
 */
export async function replayCondition(
  sql: Sql,
  {
    environment,
    graph,
    asset,
    condition,
    from,
    to,
  }: {
    readonly environment: string;
    readonly graph: ScannedGraph;
    readonly asset: AssetKey;
    readonly condition: Condition;
    readonly from: number;
    readonly to: number;
  },
): Promise<Omit<ConditionSimulation, "isUnsaved">> {
  const automation = prepareAutomation(graph, new Map([[asset, condition]]));
  const moment = await momentAt(sql, environment, graph, to);
  const launched = await runsOfCondition(sql, environment, asset, from);
  const durations = await partitionDurations(sql, environment, [asset]);
  const events = await recordedEvents(sql, {
    environment,
    automation,
    moment,
    assets: concernedAssets(graph, automation),
    own: { asset, runs: new Set(launched.map(it => it.runId)) },
    from,
  });
  const { ticks, runs } = simulate(automation, events, {
    from,
    to,
    // A daemon looks as soon as something happens.
    everySeconds: lookSeconds,
    runSeconds: Math.max(1, Math.round((durations.get(asset) ?? usualRunMs) / 1000)),
    dynamicKeys: moment.keys,
  });
  return {
    asset,
    automation: ruleInWords(condition),
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    launched: launched.length,
    launchedAt: launched.slice(-mostTicks).map(it => new Date(it.at).toISOString()),
    wouldLaunch: runs,
    ticks: ticks.slice(0, mostTicks),
  };
}

const lookSeconds = 5;
const usualRunMs = 60_000;
const mostTicks = 500;

async function recordedEvents(
  sql: Sql,
  {
    environment,
    automation,
    moment,
    assets,
    own,
    from,
  }: {
    readonly environment: string;
    readonly automation: Automation;
    readonly moment: Moment;
    readonly assets: readonly AssetKey[];
    readonly own: { readonly asset: AssetKey; readonly runs: ReadonlySet<string> };
    readonly from: number;
  },
): Promise<HistoryEvent[]> {
  const partitionsOf = partitioningOf(automation, moment);
  const isOwn = (asset: AssetKey, runId: string | null) =>
    asset === own.asset && runId !== null && own.runs.has(runId);
  const events: HistoryEvent[] = [];
  const before = new Map<AssetKey, PartitionSet>();
  for (const it of await materializedBefore(sql, environment, assets, from)) {
    before.set(it.asset, union(before.get(it.asset) ?? emptySet, targetOf(it)));
  }
  for (const [asset, partitions] of before) {
    events.push({ kind: "materialized", at: from - 1, asset, partitions });
  }
  for (const { id, startedAt, endedAt, slices } of await recordedRuns(sql, environment, assets, from)) {
    const targets = slices
      .filter(it => !isOwn(it.asset, id))
      .map((it): HistoryTarget => ({ asset: it.asset, partitions: targetOf(it) }));
    if (targets.length === 0) continue;
    events.push({ kind: "runStarted", at: startedAt, run: id, targets });
    // What came of it was recorded for itself; whatever is left then has failed.
    if (endedAt !== null) events.push({ kind: "runEnded", at: endedAt, run: id, succeeded: false });
  }
  for (const it of await recordedMaterializations(sql, environment, assets, from)) {
    if (isOwn(it.asset, it.runId)) continue;
    const { asset, at, runId } = it;
    const run = runId === null ? {} : { run: runId };
    events.push({ kind: "materialized", at, asset, partitions: targetOf(it), ...run });
  }
  return events.sort((a, b) => a.at - b.at || rankOf(a) - rankOf(b));

  function targetOf({ asset, keys, definition, first, last }: RecordedSlice): PartitionSet {
    const partitions = partitionsOf(asset);
    if (partitions.definition === null) return allPartitions(partitions);
    if (first !== null && last !== null && definition === partitionsId(partitions.definition)) {
      return setOfRange(first, last + 1);
    }
    const [start, end] = [keys?.[0], keys?.at(-1)].map(key =>
      key === undefined ? null : partitions.indexOf(key),
    );
    return start == null || end == null ? emptySet : setOfRange(start, end + 1);
  }
}

/** A run has begun before what it makes, and ends after it. */
function rankOf({ kind }: HistoryEvent): number {
  return kind === "runStarted" ? 0 : kind === "runEnded" ? 2 : 1;
}
