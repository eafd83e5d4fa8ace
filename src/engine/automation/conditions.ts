import type { ScannedGraph } from "../../model/assetGraph.ts";
import type { AssetKey } from "../../model/assetKey.ts";
import { differenceInWords } from "../../model/conditionDifference.ts";
import { type ConditionExplanation, explainCondition, sameResult } from "../../model/conditionExplanation.ts";
import type { Automation } from "../../model/conditionGraph.ts";
import type { ConditionMemory } from "../../model/conditionMemory.ts";
import type { PartResult } from "../../model/conditionParts.ts";
import {
  type ExplanationForm,
  type ExplanationRecord,
  readExplanation,
  recordExplanation,
} from "../../model/conditionRecord.ts";
import { type ConditionTick, evaluateConditions } from "../../model/conditionTick.ts";
import { intersection, type PartitionSet } from "../../model/partitionSet.ts";
import { allPartitions } from "../../model/partitions.ts";
import { clockChanges } from "../../model/simulateTimes.ts";
import {
  type AutomationLease,
  AutomationSuperseded,
  requireAutomationLease,
} from "../../store/automationLease.ts";
import { writeMaterializedAtLook } from "../../store/conditionMaterialized.ts";
import {
  recordConditionLook,
  type StoredMemory,
  writeConditionForms,
  writeConditionMemories,
} from "../../store/conditionMemories.ts";
import { type ConditionTickRecord, recordConditionTicks } from "../../store/conditionTicks.ts";
import { channel } from "../../store/database.ts";
import { insertRun } from "../../store/runs.ts";
import { withLateUpdates } from "./conditionLateness.ts";
import { type ConditionRuns, planConditionRuns, waitsAlready } from "./conditionRuns.ts";
import { type ConditionCache, type ConditionState, readConditionState } from "./conditionState.ts";
import type { AutomationLoop, AutomationMoment } from "./loop.ts";
import type { AutomationEdge } from "./loops.ts";
import { priorityOf } from "./priority.ts";
import { createTickFaults } from "./tickFaults.ts";
import { plainError } from "./tickRunner.ts";

/**
 * Looks at all conditions at once, whenever something happened that they may ask about, or the clock changes what
 * they come to. What they request, what they remember and how they came to it are committed together: who dies
 * before that has done nothing, and who comes after it goes on from there.
 */
export function conditionLoop(edge: AutomationEdge): AutomationLoop {
  let cache: (ConditionCache & { readonly lease: AutomationLease; readonly results: Results }) | null = null;
  let notBefore = Number.NEGATIVE_INFINITY;
  const faults = createTickFaults(edge.tell);
  /** What was requested of those that fail, and why nothing came of it. */
  const fruitless = new Map<AssetKey, { readonly set: PartitionSet; readonly error: string }>();

  return {
    name: "conditions",
    faults: () => ({ failures: faults.count(), problems: faults.problems() }),
    async rest() {
      faults.forget();
      fruitless.clear();
    },
    heeds: payload => heeded.has(payload.split(" ")[0] ?? ""),
    async look(moment, signal) {
      const wait = notBefore - performance.now();
      // Runs end by the hundred; looking takes a fifth of the time at the most.
      if (wait > 0) return moment.now + wait;
      const started = performance.now();
      try {
        return await lookOnce(moment, signal);
      } catch (error) {
        cache = null;
        throw error;
      } finally {
        const pause = Math.max((performance.now() - started) * 4, leastPauseMs);
        notBefore = performance.now() + Math.min(pause, longestPauseMs);
      }
    },
  };

  async function lookOnce(moment: AutomationMoment, signal: AbortSignal): Promise<number | null> {
    const { database, environment } = edge;
    const { graph, digest, lease } = moment;
    const known = cache !== null && cache.lease.epoch === lease.epoch ? cache : null;
    const state = await database.transaction(sql =>
      readConditionState(sql, { environment, graph, digest, now: moment.now, cache: known }),
    );
    const { automation, facts, now } = state;
    if (automation.order.length === 0 && state.stored.size === 0) return null;
    const tick = withLateUpdates(graph, state, evaluateConditions(automation, facts, state.memory, now));
    const runs = await planConditionRuns(graph, facts, tick.requested);
    signal.throwIfAborted();
    const results = known?.name === state.name ? known.results : new Map();
    const committed = await commit(edge, moment, state, tick, runs, results);
    if (committed.runIds.length > 0) edge.queued(committed.runIds);
    noteFaults(tick, runs.refused);
    await recheckFaults(graph, state, tick);
    cache = {
      lease,
      automation,
      name: state.name,
      look: { number: facts.watermark, evaluatedAt: now, snapshot: facts.snapshot },
      memories: committed.memories,
      materialized: facts.kept,
      results: tick.results,
    };
    const next = clockChanges(automation, automation.definitions)(now);
    return Number.isFinite(next) ? next : null;
  }

  /** One of which nothing came fails until something could come of it, or until it is off or gone. */
  function noteFaults({ requested, memory }: ConditionTick, refused: ConditionRuns["refused"]) {
    faults.keep(name => memory.has(name as AssetKey));
    for (const name of fruitless.keys()) if (!memory.has(name)) fruitless.delete(name);
    for (const [name, set] of requested) {
      const error = refused.get(name) ?? null;
      if (error !== waitsAlready) note(name, set, error);
    }
  }

  /** Whether what is corrected meanwhile, or made, would let it succeed now. */
  async function recheckFaults(graph: ScannedGraph, { facts }: ConditionState, { requested }: ConditionTick) {
    const asked = new Map<AssetKey, PartitionSet>();
    for (const [name, { set }] of fruitless) {
      if (requested.has(name)) continue;
      const present = intersection(set, allPartitions(facts.partitionsOf(name)));
      if (present.count === 0) note(name, set, null);
      else asked.set(name, present);
    }
    if (asked.size === 0) return;
    const { refused } = await planConditionRuns(graph, facts, asked);
    for (const [name, set] of asked) {
      const error = refused.get(name) ?? null;
      if (error === null || error === waitsAlready) note(name, set, null);
      else if (error !== fruitless.get(name)?.error) note(name, set, error);
    }
  }

  function note(name: AssetKey, set: PartitionSet, error: string | null) {
    if (error === null) {
      fruitless.delete(name);
      faults.well({ kind: "condition", name });
    } else {
      fruitless.set(name, { set, error });
      faults.failed({ kind: "condition", name }, plainError(error));
    }
  }
}

type Results = ReadonlyMap<AssetKey, PartResult>;

/** Words on the channel after which a condition may come to something else. */
const heeded: ReadonlySet<string> = new Set([
  "queued",
  "run",
  "ended",
  "partitions",
  "handwork",
  "automation",
  "conditions",
]);

const leastPauseMs = 20;
/** A look that waited for a lock used no time of anybody. */
const longestPauseMs = 1_000;

async function commit(
  { database, environment, clock }: AutomationEdge,
  { lease, digest }: AutomationMoment,
  state: ConditionState,
  tick: ConditionTick,
  { runs, refused }: ConditionRuns,
  before: Results,
): Promise<{ memories: Map<AssetKey, StoredMemory>; runIds: string[] }> {
  const { automation, facts, look, stored, now } = state;
  return database.transaction(async sql => {
    // An engine that is stopped in here must not hold up the one that comes after it.
    await sql.query("set local idle_in_transaction_session_timeout = '20s'");
    const isNext = await recordConditionLook(sql, environment, look, {
      evaluatedAt: now,
      snapshot: facts.snapshot,
    });
    if (!isNext) throw new AutomationSuperseded("Another engine has looked at the conditions meanwhile.");
    const runsByAsset = new Map<AssetKey, string[]>();
    const runIds: string[] = [];
    for (const { targets, selection, plan } of runs) {
      const assets = [...targets.keys()];
      const runId = await insertRun(sql, {
        environment,
        digest,
        selection,
        requestedBy: requesterOf(assets),
        priority: priorityOf(runs.length),
        automated: true,
        evaluatedAt: now,
        plan,
      });
      runIds.push(runId);
      for (const key of assets) runsByAsset.set(key, [...(runsByAsset.get(key) ?? []), runId]);
    }
    const changes = changesOf(automation, tick, { stored, before, runsByAsset, refused });
    await writeConditionForms(sql, environment, changes.forms);
    const startedAt = Math.min(now, clock());
    await recordConditionTicks(sql, environment, { at: now, startedAt, endedAt: clock() }, changes.ticks);
    await writeMaterializedAtLook(sql, environment, state.kept, facts.kept);
    await writeConditionMemories(sql, environment, changes.changed, changes.forgotten);
    if (runIds.length > 0) await sql.query("select pg_notify($1, $2)", [channel, "queued"]);
    await requireAutomationLease(sql, lease);
    return { memories: changes.memories, runIds };
  });
}

/** Who requested a run: the condition of its asset, or those of several. */
export function requesterOf(assets: readonly AssetKey[]): string {
  const [first, ...others] = assets;
  return `condition ${first}${others.length > 0 ? ` and ${others.length} more` : ""}`;
}

/** What of memories and explanations is another than before; the rest need not be written again. */
function changesOf(
  automation: Automation,
  tick: ConditionTick,
  {
    stored,
    before,
    runsByAsset,
    refused,
  }: {
    readonly stored: ReadonlyMap<AssetKey, StoredMemory>;
    readonly before: Results;
    readonly runsByAsset: ReadonlyMap<AssetKey, readonly string[]>;
    readonly refused: ReadonlyMap<AssetKey, string>;
  },
) {
  const ticks: ConditionTickRecord[] = [];
  const forms: { asset: AssetKey; digest: string; form: ExplanationForm }[] = [];
  const changed: ({ asset: AssetKey } & StoredMemory)[] = [];
  const memories = new Map<AssetKey, StoredMemory>();
  for (const [asset, memory] of tick.memory) {
    const known = stored.get(asset);
    const result = tick.results.get(asset);
    const last = before.get(asset);
    let explained = known?.explained ?? "";
    const isRequest = tick.requested.has(asset);
    const isLikeBefore = !isRequest && last !== undefined && result !== undefined && sameResult(last, result);
    const explanation = isLikeBefore ? null : explainCondition(automation, tick, asset);
    if (explanation !== null) {
      const { form, record } = recordExplanation(explanation);
      const text = JSON.stringify([explanation.reason, record]);
      if (isRequest || text !== explained) {
        const runIds = runsByAsset.get(asset) ?? [];
        const error = refused.get(asset) ?? null;
        const status = runIds.length > 0 ? "requested" : error === null || !isRequest ? "skipped" : "failed";
        const difference = differenceFrom(explained, form, record, explanation);
        const details = difference === null ? record : { ...record, difference };
        ticks.push({ asset, status, reason: explanation.reason, error, runIds, details });
        if (!explained.includes(`"${record.form}"`)) forms.push({ asset, digest: record.form, form });
        explained = text;
      }
    }
    const kept = known !== undefined && remembersTheSame(known, memory);
    const now = {
      requested: kept ? known.requested : memory.requested,
      targets: kept ? known.targets : memory.targets,
      explained,
    };
    memories.set(asset, now);
    if (!kept || explained !== known.explained) changed.push({ asset, ...now });
  }
  const forgotten = [...stored.keys()].filter(it => !tick.memory.has(it));
  return { ticks, forms, changed, memories, forgotten };
}

/** Of looks in a row that are told by the same words, each says what is another thing than at the one before. */
function differenceFrom(
  before: string,
  form: ExplanationForm,
  { form: digest }: ExplanationRecord,
  after: ConditionExplanation,
): string | null {
  if (before === "") return null;
  const [reason, record] = JSON.parse(before) as [string, ExplanationRecord];
  if (reason !== after.reason) return null;
  if (record.form !== digest) return "its rule was edited";
  return differenceInWords(readExplanation(form, record, reason), after);
}

/** When positions still mean the same, what was written before means the same too. */
function remembersTheSame(a: Pick<ConditionMemory, "requested" | "targets">, b: ConditionMemory): boolean {
  return contentOf(a) === contentOf(b);
}

function contentOf({ requested, targets }: Pick<ConditionMemory, "requested" | "targets">): string {
  return JSON.stringify([
    requested,
    targets.map(({ key, partitions, parts }) => [
      key,
      partitions && [partitions.definition, partitions.dynamicKeys],
      parts,
    ]),
  ]);
}
