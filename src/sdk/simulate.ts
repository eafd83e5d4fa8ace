import type { AssetEdge, AssetNode } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { Condition } from "../model/condition.ts";
import { prepareAutomation } from "../model/conditionGraph.ts";
import { type Duration, secondsOf } from "../model/duration.ts";
import { simulate as play, type SimulatedRequest } from "../model/simulate.ts";
import type { HistoryEvent } from "../model/simulateHistory.ts";
import { type AssetDefinition, isAsset, type SourceDefinition } from "./definition.ts";

/** Something that happened, by the instant at which it did. */
export type SimulatedEvent = { readonly at: Instant } & (
  | {
      readonly materialized: AnyAsset;
      /** All that exist, when nothing is said. */
      readonly partitions?: readonly string[];
    }
  | { readonly failed: AnyAsset; readonly partitions?: readonly string[] }
  | {
      readonly checked: AnyAsset;
      readonly check: string;
      readonly passed: boolean;
      readonly blocking?: boolean;
      readonly partitions?: readonly string[];
    }
  | { readonly added: readonly string[]; readonly to: string }
  | { readonly removed: readonly string[]; readonly from: string }
);

/** "2026-02-03T06:00Z", or a Date. */
export type Instant = string | Date;

type AnyAsset = AssetDefinition | SourceDefinition | string;

export interface SimulateOptions {
  readonly assets: readonly AssetDefinition[];
  /** Other conditions than the assets' own, by key: `{ "weather/summary": eager() }`; null: as if it had none. */
  readonly automation?: Readonly<Record<string, Condition | null>>;
  readonly history?: readonly SimulatedEvent[];
  readonly from: Instant;
  readonly to: Instant;
  /** How often conditions are looked at: "30 s" when nothing is said. */
  readonly every?: Duration;
  /** How long a run of what is requested takes: "1 min" when nothing is said; null: nothing comes of requests. */
  readonly runs?: Duration | null;
  /** Keys of dynamic partitions that are there from the beginning, by their name. */
  readonly dynamicKeys?: Readonly<Record<string, readonly string[]>>;
}

export interface SimulateResult {
  /** What was requested, in order. */
  readonly requests: readonly (SimulatedRequest & { readonly at: Date })[];
  /** How many runs that would have launched. */
  readonly runs: number;
}

/**
 * Plays a history to conditions, in a unit test or to see what a change would do: no database, no waiting, a year in
 * a moment. What happened until `from` is there before the first tick; no tick of your own is needed for that.
 *
 * @example
 * const { requests } = simulate({
 *   assets: [readings, summary],
 *   history: [
 *     { at: "2026-02-01T00:00Z", materialized: readings },
 *     { at: "2026-02-03T06:00Z", materialized: readings },
 *   ],
 *   from: "2026-02-02T00:00Z",
 *   to: "2026-02-04T00:00Z",
 * });
 * expect(requests.map(it => it.reason)).toEqual(["weather/readings was updated"]);
 */
export function simulate(options: SimulateOptions): SimulateResult {
  const { assets, automation = {}, history = [], every = 30, runs = 60, dynamicKeys = {} } = options;
  const known = new Set(assets.map(it => it.key));
  for (const key of Object.keys(automation)) {
    if (!known.has(key as AssetKey)) {
      throw new RangeError(`"${key}" has a condition, but is none of the assets. Add it to "assets".`);
    }
  }
  const conditions = new Map<AssetKey, Condition>();
  for (const { key, automation: own } of assets) {
    const condition = automation[key] === undefined ? own : automation[key];
    if (condition !== null) conditions.set(key, condition);
  }
  const simulation = play(
    prepareAutomation(graphOf(assets), conditions),
    history.flatMap((event, i) => eventsOf(event, i)),
    {
      from: instantOf(options.from, "from"),
      to: instantOf(options.to, "to"),
      everySeconds: durationOf(every, "every"),
      runSeconds: runs === null ? null : durationOf(runs, "runs"),
      dynamicKeys,
    },
  );
  return {
    requests: simulation.ticks.flatMap(({ at, requests }) =>
      requests.map(it => ({ ...it, at: new Date(at) })),
    ),
    runs: simulation.runs,
  };
}

function graphOf(assets: readonly AssetDefinition[]) {
  const nodes = new Map<AssetKey, AssetNode>();
  const edges: AssetEdge[] = [];
  for (const asset of assets) nodes.set(asset.key, nodeOf(asset));
  for (const asset of assets) {
    const { key, inputs, deps, depMappings } = asset;
    for (const { upstream, partitionMapping } of Object.values(inputs)) {
      if (!nodes.has(upstream.key)) nodes.set(upstream.key, nodeOf(upstream));
      edges.push({ from: upstream.key, to: key, kind: "input", mapping: partitionMapping });
    }
    for (const from of deps) {
      if (!nodes.has(from)) nodes.set(from, { ...nodeOf(asset), ...unknownSource, key: from });
      edges.push({ from, to: key, kind: "dep", mapping: depMappings[from] ?? null });
    }
  }
  return { assets: [...nodes.values()], edges };
}

/** What is only known by its key: somebody else makes it, in one piece. */
const unknownSource = {
  kind: "source",
  description: null,
  partitionsDefinition: null,
  codeVersion: null,
} as const;

function nodeOf(definition: AssetDefinition | SourceDefinition): AssetNode {
  const { key, description, group, tags, owners, partitions } = definition;
  const isOurs = isAsset(definition);
  return {
    key,
    kind: isOurs ? "typescript" : "source",
    group,
    description,
    tags,
    kinds: [],
    owners,
    file: null,
    line: null,
    column: null,
    partitions: null,
    partitionsDefinition: partitions,
    codeVersion: isOurs ? definition.codeVersion : null,
    checks: [],
  };
}

function eventsOf(event: SimulatedEvent, index: number): HistoryEvent[] {
  const at = instantOf(event.at, `"at" of event ${index + 1}`);
  if ("added" in event) return [{ kind: "partitionsAdded", at, name: event.to, keys: event.added }];
  if ("removed" in event) return [{ kind: "partitionsRemoved", at, name: event.from, keys: event.removed }];
  const partitions = event.partitions ?? null;
  if ("materialized" in event) {
    return [{ kind: "materialized", at, asset: keyOf(event.materialized), partitions }];
  }
  if ("checked" in event) {
    const { check, passed, blocking = false } = event;
    return [{ kind: "checked", at, asset: keyOf(event.checked), check, passed, blocking, partitions }];
  }
  const run = `event ${index + 1}`;
  return [
    { kind: "runStarted", at, run, targets: [{ asset: keyOf(event.failed), partitions }] },
    { kind: "runEnded", at, run, succeeded: false },
  ];
}

function keyOf(asset: AnyAsset): AssetKey {
  return (typeof asset === "string" ? asset : asset.key) as AssetKey;
}

function instantOf(instant: Instant, subject: string): number {
  const at = typeof instant === "string" ? Date.parse(instant) : instant.getTime();
  if (Number.isNaN(at))
    throw new RangeError(`${subject} is no instant. Write one such as "2026-02-03T06:00Z".`);
  return at;
}

function durationOf(duration: Duration, subject: string): number {
  const seconds = secondsOf(duration);
  if (seconds === null || seconds <= 0) {
    throw new RangeError(`"${subject}" is ${JSON.stringify(duration)}. Write a time such as "30 s".`);
  }
  return seconds;
}
