import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { AssetGraph, AssetNode } from "../../src/model/assetGraph.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";
import type { PartitionSets } from "../../src/model/backfill.ts";
import { type BackfillRun, failedAndDownstream, nextRuns } from "../../src/model/backfillRuns.ts";
import { backfillTarget } from "../../src/model/backfillTarget.ts";
import {
  difference,
  type IndexRange,
  indexesOf,
  type PartitionSet,
  setOfIndexes,
  union,
} from "../../src/model/partitionSet.ts";
import { partitionsAt } from "../../src/model/partitions.ts";
import type { PartitionsDefinition } from "../../src/model/partitionsDefinition.ts";
import { countRequested, emptyAccount, endRun, setIn } from "../support/backfillByHand.ts";
import { type OracleMapping, ourMapping } from "../support/oracleMapping.ts";
import { dynamicKeysOf, type OraclePartitions, ourDefinition } from "../support/oraclePartitions.ts";

interface OraclePolicy {
  max_partitions_per_run: number | null;
}

interface OracleAsset {
  key: string;
  partitions: OraclePartitions | null;
  deps: { key: string; mapping?: OracleMapping | null }[];
  backfill_policy: OraclePolicy | null;
}

interface OracleRun {
  assets?: string[];
  key?: string;
  range?: [string, string];
  count?: number;
}

type OracleSets = Record<string, string[] | true>;

interface BackfillCase {
  id: string;
  given:
    | {
        now: string;
        runs_of: { partitions: OraclePartitions; backfill_policy: OraclePolicy | null };
        keys: string[];
      }
    | {
        now: string;
        name?: string;
        assets: OracleAsset[];
        target: { assets: string[]; keys?: string[] };
        fail: [string, string | null][];
      };
  expect: {
    error?: true;
    runs?: OracleRun[];
    target?: OracleSets;
    iterations?: OracleRun[][];
    materialized?: OracleSets;
    failed_and_downstream?: OracleSets;
    without_state?: OracleSets;
  };
  stage?: string;
  millrace?: "differs";
  reason?: string;
}

const folder = process.env.ORACLE_DIR ?? "test/oracle";
const cases = readdirSync(folder)
  .filter(name => name.endsWith(".json"))
  .map(
    name => JSON.parse(readFileSync(join(folder, name), "utf8")) as { topic: string; cases: BackfillCase[] },
  )
  .filter(it => it.topic === "backfill")
  .flatMap(it => it.cases);

test("there are vectors to answer", () => {
  expect(cases.length).toBeGreaterThan(0);
});

describe("a backfill requests runs as the vectors say", () => {
  for (const { id, given, expect: expected, millrace, reason } of cases) {
    if ("runs_of" in given) {
      test(`${id}: runs of one asset`, () => {
        if (millrace === "differs") expect.fail(`This reason is new; write here what it asks for: ${reason}`);
        const asset = { key: "asset", ...given.runs_of, deps: [] };
        const { iterations } = backfill({ ...given, assets: [asset], target: { assets: ["asset"], keys: given.keys }, fail: [] });
        const runs = iterations?.[0]?.map(({ assets: _, ...run }) => run) ?? [];
        expect(inOrder(runs)).toEqual(inOrder(expected.runs ?? []));
      });
      continue;
    }
    test(`${id}: ${given.name ?? "assets"}`, () => {
      if (millrace === "differs") expect.fail(`This reason is new; write here what it asks for: ${reason}`);
      const ours = backfill(given);
      if (expected.error && expected.target === undefined && expected.iterations === undefined) {
        expect(ours.error).toBe(true);
        return;
      }
      expect(ours.target).toEqual(expected.target);
      expect(ours.iterations?.map(inOrder)).toEqual((expected.iterations ?? []).map(inOrder));
      expect(ours.error).toBe(expected.error);
      if (!expected.error) expect(ours).toMatchObject(finalSets(expected));
    });
  }
});

/** Goes on as long as something is requested; between two iterations every requested run ends. */
function backfill(given: Extract<BackfillCase["given"], { assets: unknown }>): BackfillCase["expect"] {
  const graph = graphOf(given.assets);
  if (graph === null) return { error: true };
  const moment = {
    now: Date.parse(given.now),
    dynamicKeys: dynamicKeysOf(...given.assets.map(it => it.partitions)),
  };
  const definitions = new Map(graph.assets.map(it => [it.key, it.partitionsDefinition ?? null]));
  const { keys } = given.target;
  const { value: targets } = backfillTarget(graph, {
    assets: given.target.assets as AssetKey[],
    partitions:
      keys === undefined
        ? null
        : (_, partitions) => {
            const indexes = keys.map(key => partitions.indexOf(key));
            if (indexes.includes(null)) return { error: "One of the keys does not exist." };
            return { set: setOfIndexes(indexes as number[]) };
          },
    ...moment,
  });
  if (targets === null) return { error: true };
  const scope = { graph, targets, ...moment };
  const account = emptyAccount();
  const isBad = (asset: AssetKey, position: number) =>
    given.fail.some(([bad, key]) => bad === asset && (key === null || key === keyOf(asset, position)));
  const iterations: OracleRun[][] = [];
  for (;;) {
    const { runs, failure } = nextRuns({ ...scope, ...account });
    if (failure !== null) return { target: inKeys(targets), iterations, error: true };
    if (runs.length === 0) break;
    iterations.push(runs.map(oracleRun));
    for (const run of runs) countRequested(account, run);
    for (const run of runs) endRun(account, scope, run, isBad);
  }
  const givenUp = failedAndDownstream({ ...scope, failed: account.failed });
  const stateless = [...targets].map(([asset, target]) => {
    const known = union(setIn(account.materialized, asset), setIn(givenUp, asset));
    return [asset, difference(target, known)] as const;
  });
  return {
    target: inKeys(targets),
    iterations,
    materialized: inKeys(account.materialized),
    failed_and_downstream: inKeys(givenUp),
    without_state: inKeys(new Map(stateless)),
  };

  function keyOf(asset: AssetKey, position: number): string {
    return partitionsAt(definitions.get(asset) ?? null, moment).keyAt(position);
  }

  function inKeys(sets: PartitionSets): OracleSets {
    const filled = [...sets].filter(([, { count }]) => count > 0);
    return Object.fromEntries(filled.map(([asset, set]) => [asset, keysOf(asset, set)]));
  }

  function keysOf(asset: AssetKey, set: PartitionSet): string[] | true {
    if (!definitions.get(asset)) return true;
    return [...indexesOf(set)].map(position => keyOf(asset, position));
  }

  function oracleRun({ assets, ranges }: BackfillRun): OracleRun {
    const [asset] = assets as [AssetKey];
    const { from, to } = ranges.get(asset) as IndexRange;
    const run = { assets: [...assets].sort() };
    if (!definitions.get(asset)) return run;
    const [first, last] = [keyOf(asset, from), keyOf(asset, to - 1)] as const;
    const hasPolicy = given.assets.find(it => it.key === asset)?.backfill_policy;
    return hasPolicy ? { ...run, range: [first, last], count: to - from } : { ...run, key: first };
  }
}

function graphOf(assets: OracleAsset[]): AssetGraph | null {
  const nodes: AssetNode[] = [];
  for (const { key, partitions, backfill_policy } of assets) {
    const definition = definitionOf(partitions);
    if (definition === "wrong") return null;
    nodes.push({
      key: key as AssetKey,
      kind: "typescript",
      group: "default",
      description: null,
      tags: {},
      kinds: [],
      owners: [],
      file: null,
      line: null,
      column: null,
      partitions: null,
      checks: [],
      partitionsDefinition: definition,
      backfillPolicy: backfill_policy && { maxPartitionsPerRun: backfill_policy.max_partitions_per_run },
    });
  }
  const edges = assets.flatMap(({ key, deps }) =>
    deps.map(dep => ({
      from: dep.key as AssetKey,
      to: key as AssetKey,
      kind: "dep" as const,
      mapping: ourMapping(dep.mapping ?? null),
    })),
  );
  return { assets: nodes, edges };
}

function definitionOf(theirs: OraclePartitions | null): PartitionsDefinition | null | "wrong" {
  if (theirs === null) return null;
  const ours = ourDefinition(theirs);
  return "faults" in ours ? "wrong" : ours.definition;
}

function finalSets({ materialized, failed_and_downstream, without_state }: BackfillCase["expect"]) {
  return { materialized, failed_and_downstream, without_state };
}

function inOrder(runs: readonly OracleRun[]): OracleRun[] {
  return [...runs].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}
