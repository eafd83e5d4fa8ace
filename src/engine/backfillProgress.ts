import type { AssetGraph } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import { countRequest, countSteps, dropGivenUp, newAccount } from "../model/backfillAccount.ts";
import { type BackfillRun, canStart, failedAndDownstream, nextRuns } from "../model/backfillRuns.ts";
import { difference, emptySet, type PartitionSet, setOfRanges, union } from "../model/partitionSet.ts";
import { type Partitioning, partitionsAt } from "../model/partitions.ts";
import { partitionsId } from "../model/partitionsDefinition.ts";
import { type PlanStep, planRun } from "../model/plan.ts";
import {
  backfillSteps,
  endedBackfillSteps,
  type OpenBackfill,
  recordGivenUp,
  submitBackfillRuns,
} from "../store/backfills.ts";
import type { Database } from "../store/database.ts";
import { type Moment, momentAt } from "./moment.ts";

/** What a driven backfill has done, kept in memory between the ends of its runs; the state can tell it anew. */
export interface BackfillProgress {
  serve(graph: AssetGraph): void;
  isWaitingFor(runId: string): boolean;
  /** Counts the runs that have ended; whether there were any. */
  count(): Promise<boolean>;
  /** Requests at most so many runs of what may run now. */
  request(limit: number, digest: string): Promise<Requested>;
  /** Runs that have not ended. */
  open(): number;
  isComplete(): boolean;
  hasFailures(): boolean;
}

export interface Requested {
  submitted: number;
  /** It was paused, canceled or taken over: nothing was requested. */
  superseded: boolean;
  /** Why it cannot go on. */
  failure: string | null;
}

export async function openProgress(
  database: Database,
  backfill: OpenBackfill,
  present: AssetGraph,
): Promise<BackfillProgress> {
  let graph = present;
  // Frozen: what exists later is not made by this backfill (semantics B5).
  const moment = await momentAt(database, backfill.environment, present, backfill.evaluatedAt);
  let stepsOf = createStepPlanner(backfill, graph, moment);
  const targets = new Map(backfill.targets.map(it => [it.asset, setOfRanges(it.ranges)]));
  const account = newAccount();
  const openRuns = new Set<string>();
  let givenUp: ReadonlyMap<AssetKey, PartitionSet> = new Map();
  let failures = -1;

  const steps = await backfillSteps(database, backfill.id);
  countSteps(account, steps);
  for (const step of steps) if (!step.runEnded) openRuns.add(step.runId);
  await giveUp();

  return {
    serve(changed) {
      graph = changed;
      stepsOf = createStepPlanner(backfill, graph, moment);
    },
    isWaitingFor: runId => openRuns.has(runId),
    async count() {
      if (openRuns.size === 0) return false;
      const ended = await endedBackfillSteps(database, backfill.id, [...openRuns]);
      countSteps(account, ended);
      for (const { runId } of ended) openRuns.delete(runId);
      await giveUp();
      return ended.length > 0;
    },
    async request(limit, digest) {
      const { materialized } = account;
      const pieces = account.pieces
        .filter(piece => canStart({ graph, targets, materialized, ...moment }, piece))
        .slice(0, limit)
        .map(alone);
      const next =
        pieces.length < limit
          ? nextRuns({
              graph,
              targets,
              ...account,
              givenUp,
              ...moment,
              limit: limit - pieces.length,
            })
          : { runs: [], failure: null };
      const runs = [...pieces, ...next.runs];
      if (runs.length === 0) return { submitted: 0, superseded: false, failure: next.failure };
      const ids = await submitBackfillRuns(
        database,
        backfill,
        digest,
        runs.map(run => ({ steps: stepsOf(run) })),
      );
      if (ids === null) return { submitted: 0, superseded: true, failure: null };
      for (const id of ids) openRuns.add(id);
      for (const { assets, ranges } of runs) {
        for (const asset of assets) countRequest(account, { asset, ...(ranges.get(asset) ?? whole) });
      }
      return { submitted: runs.length, superseded: false, failure: next.failure };
    },
    open: () => openRuns.size,
    isComplete: () =>
      account.pieces.length === 0 &&
      [...targets].every(([asset, set]) => {
        const ended = union(account.materialized.get(asset) ?? emptySet, givenUp.get(asset) ?? emptySet);
        return difference(set, ended).count === 0;
      }),
    hasFailures: () => failures > 0,
  };

  /** What depends on a failure is given up, as far as it is targeted; said once for each change. */
  async function giveUp() {
    const count = sizeOf(account.failed);
    if (count === failures) return;
    failures = count;
    givenUp = failedAndDownstream({ graph, targets, failed: account.failed, ...moment });
    dropGivenUp(account, givenUp);
    await recordGivenUp(
      database,
      backfill.id,
      [...targets.keys()].map(asset => ({
        asset,
        ranges: difference(givenUp.get(asset) ?? emptySet, account.failed.get(asset) ?? emptySet).ranges,
      })),
    );
  }
}

/** The first target that the definitions do not have any more as it was, in a sentence (semantics B12). */
export function whyItDoesNotFit(
  { targets }: Pick<OpenBackfill, "targets">,
  graph: AssetGraph,
): string | null {
  const definitions = new Map(graph.assets.map(it => [it.key, it.partitionsDefinition ?? null]));
  for (const { asset, definition } of targets) {
    const present = definitions.get(asset);
    if (present === undefined) return `${asset} is not defined any more. Launch a new backfill.`;
    const id = present && partitionsId(present);
    if (id === definition) continue;
    return `The partitions of ${asset} are defined otherwise now than when this backfill was launched. Launch a new one.`;
  }
  return null;
}

/** The only "partition" of an asset that has none. */
const whole = { from: 0, to: 1 };

function alone({ asset, from, to }: { asset: AssetKey; from: number; to: number }): BackfillRun {
  return { assets: [asset], ranges: new Map([[asset, { from, to }]]) };
}

function sizeOf(sets: ReadonlyMap<AssetKey, PartitionSet>): number {
  let size = 0;
  for (const { count } of sets.values()) size += count;
  return size;
}

/** Makes the steps of runs; which step waits for which is found once for each list of assets. */
function createStepPlanner({ targets }: OpenBackfill, graph: AssetGraph, moment: Moment) {
  const nodes = new Map(graph.assets.map(it => [it.key, it]));
  const everything = new Set(nodes.keys());
  const partitionings = new Map<AssetKey, Partitioning>();
  const plans = new Map<string, readonly PlanStep[]>();
  const definitions = new Map(targets.map(it => [it.asset, it.definition]));

  return ({ assets, ranges }: BackfillRun): PlanStep[] => {
    const name = assets.join("\n");
    const plan = plans.get(name) ?? planRun(graph, assets, everything).value?.steps ?? [];
    plans.set(name, plan);
    return plan.map(step => ({ ...step, partitions: partitionsOf(step.assets[0] as AssetKey, ranges) }));
  };

  function partitionsOf(asset: AssetKey, ranges: BackfillRun["ranges"]): PlanStep["partitions"] {
    const definition = definitions.get(asset) ?? null;
    const range = ranges.get(asset);
    if (definition === null || !range) return null;
    const partitions =
      partitionings.get(asset) ?? partitionsAt(nodes.get(asset)?.partitionsDefinition ?? null, moment);
    partitionings.set(asset, partitions);
    const [first, last] = [range.from, range.to - 1];
    const keys = first === last ? [first] : [first, last];
    return { definition, first, last, keys: keys.map(at => partitions.keyAt(at)) };
  }
}
