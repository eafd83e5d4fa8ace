import type { AssetGraph } from "../../src/model/assetGraph.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";
import type { Condition } from "../../src/model/condition.ts";
import { prepareAutomation } from "../../src/model/conditionGraph.ts";
import type { ConditionMemory } from "../../src/model/conditionMemory.ts";
import { type ConditionTick, evaluateConditions } from "../../src/model/conditionTick.ts";
import { emptySet, indexesOf, type PartitionSet } from "../../src/model/partitionSet.ts";
import { samePartitions } from "../../src/model/partitionsDefinition.ts";
import { automationHistory } from "../../src/model/simulateHistory.ts";
import { type OracleCondition, ourCondition } from "./oracleCondition.ts";
import { type OracleMapping, ourMapping } from "./oracleMapping.ts";
import { dynamicKeysOf, type OraclePartitions, ourDefinition } from "./oraclePartitions.ts";
import { OracleRecords } from "./oracleRecords.ts";

/** The input of a vector of the topic automation. */
export interface OracleAutomation {
  assets: OracleAsset[];
  steps: OracleStep[];
}

interface OracleAsset {
  key: AssetKey;
  partitions: OraclePartitions | null;
  deps: { key: AssetKey; mapping?: OracleMapping | null }[];
  condition: OracleCondition | null;
  external?: boolean;
}

export type OracleStep = { at: string } & (
  | { do: "evaluate" | "run_requested" }
  | { do: "materialize"; asset: AssetKey; partition?: string | null }
  | { do: "start_run"; run: string; assets: AssetKey[]; partition?: string | null }
  | { do: "end_run"; run: string; ok: boolean }
  | { do: "add_partitions"; name: string; keys: string[] }
);

/** Plays the steps of a vector; what each tick requested, in the form of the vectors. */
export function playSteps({ assets, steps }: OracleAutomation) {
  const automation = prepareAutomation(graphOf(assets), conditionsOf(assets));
  const history = automationHistory(automation, dynamicKeys(assets));
  const records = new OracleRecords(automation);
  const runs = new Map<string, { assets: AssetKey[]; partition: string | null }>();
  const answers: { step: number; requested: [AssetKey, string | null][] }[] = [];
  let memory: ReadonlyMap<AssetKey, ConditionMemory> = new Map();
  let last: ConditionTick | null = null;

  for (const [i, step] of steps.entries()) {
    const at = Date.parse(step.at);
    switch (step.do) {
      case "evaluate": {
        const facts = records.as(history.factsAt(at), at);
        last = evaluateConditions(automation, facts, memory, at);
        // What is remembered survives being written down.
        memory = new Map(JSON.parse(JSON.stringify([...last.memory])) as [AssetKey, ConditionMemory][]);
        answers.push({ step: i, requested: requestedIn(last) });
        break;
      }
      case "materialize":
        materialize(step.asset, step.partition ?? null, at, null);
        break;
      case "start_run":
        startRun(step.run, step.assets, step.partition ?? null, at);
        break;
      case "end_run":
        endRun(step.run, step.ok, at);
        break;
      case "add_partitions":
        history.add({ kind: "partitionsAdded", at, name: step.name, keys: step.keys });
        break;
      case "run_requested":
        for (const [number, { keys, partition }] of (last === null ? [] : runsOf(last)).entries()) {
          const run = `requested ${i} ${number}`;
          startRun(run, keys, partition, at);
          endRun(run, true, at);
        }
        break;
    }
  }
  return answers;

  function startRun(run: string, keys: AssetKey[], partition: string | null, at: number): void {
    runs.set(run, { assets: keys, partition });
    records.plan(run, keys, partition);
    const targets = keys.map(asset => ({ asset, partitions: partition === null ? null : [partition] }));
    history.add({ kind: "runStarted", at, run, targets });
  }

  function endRun(run: string, succeeded: boolean, at: number): void {
    const { assets: keys = [], partition = null } = runs.get(run) ?? {};
    if (succeeded) for (const key of keys) materialize(key, partition, at, run);
    records.end(run, succeeded);
    history.add({ kind: "runEnded", at, run, succeeded });
  }

  function materialize(asset: AssetKey, partition: string | null, at: number, run: string | null): void {
    records.materialize(asset, partition, run);
    const partitions = partition === null ? null : [partition];
    history.add({ kind: "materialized", at, asset, partitions, ...(run === null ? {} : { run }) });
  }

  /** One run per partition for assets that are cut alike. */
  function runsOf(tick: ConditionTick) {
    const found: { keys: AssetKey[]; partition: string | null }[] = [];
    for (const key of automation.order) {
      const definition = automation.assetOf(key)?.partitions ?? null;
      for (const index of indexesOf(tick.requested.get(key) ?? emptySet)) {
        const partition = definition === null ? null : tick.partitionsOf(key).keyAt(index);
        const run = found.find(
          it =>
            it.partition === partition &&
            samePartitions(automation.assetOf(it.keys[0] as AssetKey)?.partitions ?? null, definition),
        );
        if (run === undefined) found.push({ keys: [key], partition });
        else run.keys.push(key);
      }
    }
    return found;
  }

  function requestedIn(tick: ConditionTick) {
    const pairs: [AssetKey, string | null][] = [];
    for (const key of [...tick.requested.keys()].sort()) {
      const partitions = tick.partitionsOf(key);
      for (const index of indexesOf(tick.requested.get(key) as PartitionSet)) {
        const isWhole = (automation.assetOf(key)?.partitions ?? null) === null;
        pairs.push([key, isWhole ? null : partitions.keyAt(index)]);
      }
    }
    return pairs;
  }
}

function graphOf(assets: readonly OracleAsset[]): AssetGraph {
  return {
    assets: assets.map(({ key, partitions, external }) => ({
      key,
      kind: external ? "source" : "typescript",
      group: "default",
      description: null,
      tags: {},
      kinds: [],
      owners: [],
      file: null,
      line: null,
      column: null,
      partitions: null,
      partitionsDefinition: partitions === null ? null : definitionOf(partitions),
      checks: [],
    })),
    edges: assets.flatMap(({ key, deps: upstream }) =>
      upstream.map(it => ({ from: it.key, to: key, kind: "dep", mapping: ourMapping(it.mapping ?? null) })),
    ),
  };
}

function conditionsOf(assets: readonly OracleAsset[]): Map<AssetKey, Condition> {
  return new Map(assets.flatMap(it => (it.condition === null ? [] : [[it.key, ourCondition(it.condition)]])));
}

function definitionOf(theirs: OraclePartitions) {
  const ours = ourDefinition(theirs);
  if ("faults" in ours) throw new RangeError(JSON.stringify(ours.faults));
  return ours.definition;
}

function dynamicKeys(assets: readonly OracleAsset[]): Record<string, string[]> {
  const names = new Set(assets.flatMap(it => namesIn(it.partitions)));
  const keys = dynamicKeysOf(...assets.map(it => it.partitions));
  return Object.fromEntries([...names].map(name => [name, keys(name)]));
}

function namesIn(theirs: OraclePartitions | null): string[] {
  if (theirs?.kind === "dynamic") return [theirs.name];
  return theirs?.kind === "multi" ? Object.values(theirs.dimensions).flatMap(namesIn) : [];
}
