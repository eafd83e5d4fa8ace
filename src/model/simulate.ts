import type { AssetKey } from "./assetKey.ts";
import type { Automation } from "./conditionGraph.ts";
import type { ConditionMemory } from "./conditionMemory.ts";
import { reasonFor } from "./conditionReasons.ts";
import { type ConditionTick, evaluateConditions } from "./conditionTick.ts";
import { indexesOf, type PartitionSet, setOfRange } from "./partitionSet.ts";
import { partitionsId } from "./partitionsDefinition.ts";
import { automationHistory, type HistoryEvent } from "./simulateHistory.ts";
import { clockChanges } from "./simulateTimes.ts";

export interface SimulationOptions {
  readonly from: number;
  readonly to: number;
  /** How often conditions are looked at; every 30 seconds when nothing is said. */
  readonly everySeconds?: number;
  /**
   * How long a run of what is requested takes until it has succeeded: 60 seconds when nothing is said. Null: nothing
   * comes of requests, only what the history says happens.
   */
  readonly runSeconds?: number | null;
  /** Keys of dynamic partitions that are there before the history begins. */
  readonly dynamicKeys?: Readonly<Record<string, readonly string[]>>;
}

export interface Simulation {
  /** The ticks that requested something, in order. */
  readonly ticks: readonly SimulatedTick[];
  /** How many runs that would have launched: one for each partition of assets that are cut alike. */
  readonly runs: number;
  /** How many ticks were really evaluated; in those between them nothing can have changed. */
  readonly evaluated: number;
}

export interface SimulatedTick {
  readonly at: number;
  readonly requests: readonly SimulatedRequest[];
  readonly runs: number;
  /** How many ticks after this one requested the same once more, for nothing had changed. */
  readonly repeated: number;
}

export interface SimulatedRequest {
  readonly asset: AssetKey;
  /** Null for an asset without partitions. */
  readonly partitions: readonly string[] | null;
  readonly reason: string;
}

/**
 * Plays a history to conditions, and what they request becomes runs. What happened until `from` is there before the
 * first tick, which learns how things are; a test needs no tick of its own for that. Ticks at which neither an event
 * nor the clock can have changed anything are left out.
 */
export function simulate(
  automation: Automation,
  events: readonly HistoryEvent[],
  { from, to, everySeconds = 30, runSeconds = 60, dynamicKeys = {} }: SimulationOptions,
): Simulation {
  const history = automationHistory(automation, dynamicKeys);
  const nextClockChange = clockChanges(automation, automation.definitions);
  const interval = everySeconds * 1000;
  const queue = [...events].sort((a, b) => a.at - b.at);
  const started: { endsAt: number; run: string }[] = [];
  const ticks: SimulatedTick[] = [];
  let memory: ReadonlyMap<AssetKey, ConditionMemory> = new Map();
  let [next, runs, evaluated, watermark] = [0, 0, 0, -1];
  let clockChangesAt = from;

  for (let now = from; now <= to; ) {
    addUntil(now);
    const facts = history.factsAt(now);
    const tick = evaluateConditions(automation, facts, memory, now);
    evaluated++;
    const isUntouched = facts.watermark === watermark && clockChangesAt > now;
    const isSteady = isUntouched && remembersTheSame(memory, tick.memory);
    memory = tick.memory;
    watermark = facts.watermark;
    history.forgetUpdates(watermark);
    clockChangesAt = nextClockChange(now);

    const launched = runsOf(automation, tick);
    const isWaited = launched.length === 0 || runSeconds === null;
    const changesAt = Math.min(clockChangesAt, queue[next]?.at ?? never, started[0]?.endsAt ?? never);
    const steps = isSteady && isWaited ? Math.ceil((changesAt - now) / interval) : 1;
    if (launched.length > 0) {
      const repeated = Math.min(steps - 1, Math.floor((to - now) / interval));
      ticks.push({ at: now, requests: requestsOf(automation, tick), runs: launched.length, repeated });
      runs += launched.length * (1 + repeated);
      if (runSeconds !== null) launch(launched, now);
    }
    now += steps * interval;
  }
  return { ticks, runs, evaluated };

  /** Adds what happens until an instant, be it told or the end of a run of ours, in order. */
  function addUntil(now: number): void {
    for (;;) {
      const [event, run] = [queue[next], started[0]];
      if (event !== undefined && event.at <= now && (run === undefined || event.at <= run.endsAt)) {
        history.add(event);
        next++;
      } else if (run !== undefined && run.endsAt <= now) {
        history.add({ kind: "runEnded", at: run.endsAt, run: run.run, succeeded: true });
        started.shift();
      } else return;
    }
  }

  function launch(launched: readonly SimulatedRun[], at: number): void {
    for (const [i, targets] of launched.entries()) {
      const run = `simulated ${at} ${i}`;
      history.add({ kind: "runStarted", at, run, targets });
      started.push({ endsAt: at + (runSeconds ?? 0) * 1000, run });
    }
  }
}

const never = Number.POSITIVE_INFINITY;

type SimulatedRun = readonly { readonly asset: AssetKey; readonly partitions: PartitionSet }[];

/** One run for each partition; assets that are cut alike share it. */
function runsOf(automation: Automation, { requested }: ConditionTick): SimulatedRun[] {
  const runs = new Map<string, { asset: AssetKey; partitions: PartitionSet }[]>();
  for (const key of automation.order) {
    const set = requested.get(key);
    if (set === undefined) continue;
    const definition = automation.assetOf(key)?.partitions ?? null;
    const id = definition === null ? "" : partitionsId(definition);
    for (const index of indexesOf(set)) {
      const name = `${index} ${id}`;
      const run = runs.get(name) ?? [];
      runs.set(name, run);
      run.push({ asset: key, partitions: setOfRange(index, index + 1) });
    }
  }
  return [...runs.values()];
}

function requestsOf(automation: Automation, tick: ConditionTick): SimulatedRequest[] {
  return [...tick.requested].map(([asset, set]) => {
    const partitions = tick.partitionsOf(asset);
    const isWhole = (automation.assetOf(asset)?.partitions ?? null) === null;
    const result = tick.results.get(asset);
    return {
      asset,
      partitions: isWhole ? null : [...indexesOf(set)].map(index => partitions.keyAt(index)),
      reason: result === undefined ? "made together with another" : reasonFor(automation, tick, result),
    };
  });
}

/** Whether the next tick would come to the same as this one, if nothing happens before it. */
function remembersTheSame(
  before: ReadonlyMap<AssetKey, ConditionMemory>,
  after: ReadonlyMap<AssetKey, ConditionMemory>,
): boolean {
  for (const [key, memory] of after) {
    const known = before.get(key);
    if (known === undefined || contentOf(known) !== contentOf(memory)) return false;
  }
  return true;
}

function contentOf({ requested, targets }: ConditionMemory): string {
  return JSON.stringify([requested, targets.map(it => it.parts)]);
}
