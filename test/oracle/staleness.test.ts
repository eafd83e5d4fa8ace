import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readStaleness } from "../../src/engine/staleness.ts";
import type { AssetGraph, AssetNode } from "../../src/model/assetGraph.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";
import { contains } from "../../src/model/partitionSet.ts";
import { partitionsAt } from "../../src/model/partitions.ts";
import type { StaleStep } from "../../src/model/stalenessPath.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { reportDataVersion } from "../../src/store/handwork.ts";
import { migrate } from "../../src/store/migrate.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { graphOf } from "../support/graphs.ts";
import { type OracleMapping, ourMapping } from "../support/oracleMapping.ts";
import { type OraclePartitions, ourDefinition } from "../support/oraclePartitions.ts";
import { make } from "../support/versionedAssets.ts";

interface StalenessCase {
  id: string;
  given: { assets: OracleAsset[]; steps: OracleStep[] };
  expect: { step: number; states: OracleState[] }[];
  millrace?: "differs";
  reason?: string;
}

interface OracleAsset {
  key: string;
  partitions: OraclePartitions | null;
  deps: { key: string; mapping?: OracleMapping | null }[];
  code_version?: string;
  external?: boolean;
}

type OracleStep = { at: string } & (
  | { do: "check"; partitions?: Record<string, string[]> }
  | { do: "materialize"; assets: string[]; partition?: string; data_versions?: Record<string, string> }
  | { do: "redefine"; assets: OracleAsset[] }
  | { do: "report"; asset: string; as: string; data_version?: string }
);

interface OracleState {
  asset: string;
  partition: string | null;
  state: "FRESH" | "STALE" | "MISSING";
  causes: { category: string; dependency: [string, string | null] | null }[];
}

const folder = process.env.ORACLE_DIR ?? "test/oracle";
const cases = readdirSync(folder)
  .filter(name => name.endsWith(".json"))
  .map(
    name => JSON.parse(readFileSync(join(folder, name), "utf8")) as { topic: string; cases: StalenessCase[] },
  )
  .filter(it => it.topic === "staleness")
  .flatMap(it => it.cases);

let created: TestDatabase;
let database: Database;

beforeAll(async () => {
  created = await createTestDatabase();
  database = openDatabase(created.url, { name: "test" });
  await migrate(database);
});

afterAll(async () => {
  await database?.close();
  await created?.drop();
});

test("there are vectors to answer", () => {
  expect(cases.length).toBeGreaterThan(0);
});

describe("partitions are stale for the causes of the vectors, and for what is stale above them", () => {
  for (const vector of cases) {
    test(vector.id, async () => {
      await database.query("truncate millrace.asset_partition, millrace.materialization, millrace.run cascade");
      let assets = vector.given.assets;
      for (const [at, step] of vector.given.steps.entries()) {
        const graph = ourGraph(assets);
        const now = Date.parse(step.at);
        if (step.do === "redefine") assets = step.assets;
        else if (step.do === "report") await report(step);
        else if (step.do === "materialize") {
          for (const asset of step.assets) {
            const isPartitioned = assets.find(it => it.key === asset)?.partitions != null;
            const dataVersion = step.data_versions?.[asset];
            await make(database, graph, now, {
              asset,
              ...(isPartitioned && step.partition ? { partitions: [step.partition, step.partition] } : {}),
              ...(dataVersion === undefined ? {} : { dataVersion }),
            });
          }
        } else {
          const { states = [] } = vector.expect.find(it => it.step === at) ?? {};
          const expected = ours(vector, at, states);
          expect(await answers(graph, now, expected), `step ${at}`).toEqual(
            transitive(expected, assets),
          );
        }
      }
    });
  }
});

/** The one difference beside transitivity: a data version that is reported counts for every asset outside. */
function ours({ reason = "" }: StalenessCase, step: number, states: OracleState[]): OracleState[] {
  if (!reason.includes("a reported data version always counts")) return states;
  const isStale = [2, 8].includes(step);
  const causes: OracleState["causes"] = [{ category: "DATA", dependency: ["a", null] }];
  return states.map(it =>
    it.asset === "b" ? { ...it, state: isStale ? "STALE" : "FRESH", causes: isStale ? causes : [] } : it,
  );
}

/** What the vectors call fresh is stale with us when an asset that it needs is; they ask no such thing of partitions. */
function transitive(states: OracleState[], assets: OracleAsset[]): Answer[] {
  const stale = new Set(states.filter(it => it.state === "STALE").map(it => it.asset));
  const through = (key: string) =>
    (assets.find(it => it.key === key)?.deps ?? []).filter(it => stale.has(it.key)).map(it => it.key);
  for (let size = -1; size !== stale.size; ) {
    size = stale.size;
    for (const { asset, partition, state } of states) {
      if (partition === null && state === "FRESH" && through(asset).length > 0) stale.add(asset);
    }
  }
  return states.map(({ asset, partition, state, causes }) => {
    const above = partition === null && state !== "MISSING" ? through(asset) : [];
    return {
      asset,
      partition,
      state: state === "FRESH" && above.length > 0 ? "STALE" : state,
      causes: [
        ...causes.map(({ category, dependency }) => `${category} ${dependency?.[0] ?? ""}`.trim()),
        ...above.map(it => `UPSTREAM ${it}`),
      ].sort(),
      root: causes.length === 0 ? null : causes.map(it => it.dependency?.[1] ?? null)[0] ?? null,
    };
  });
}

interface Answer {
  asset: string;
  partition: string | null;
  state: OracleState["state"];
  causes: string[];
  /** The partition upstream that is named as the cause. */
  root: string | null;
}

async function answers(graph: AssetGraph, now: number, asked: OracleState[]): Promise<Answer[]> {
  const staleness = await readStaleness(database, "dev", graph, { now });
  const { rows } = await database.query<{ asset: string; partition: string }>(
    "select asset, partition from millrace.asset_partition where materialization_id is not null",
  );
  const materialized = new Set(rows.map(it => `${it.asset} ${it.partition}`));
  return asked.map(({ asset, partition }) => {
    const node = graph.assets.find(it => it.key === asset) as AssetNode;
    const partitions = partitionsAt(node.partitionsDefinition ?? null, { now });
    const position = partition === null ? 0 : (partitions.indexOf(partition) as number);
    const isStale = contains(staleness.stale(node.key), position);
    const isThere = node.kind === "source" || materialized.has(`${asset} ${partition ?? ""}`);
    const path = staleness.path(node.key, position);
    expect(path.length > 0).toBe(isStale);
    return {
      asset,
      partition,
      state: !isThere ? "MISSING" : isStale ? "STALE" : "FRESH",
      causes: staleness
        .causes(node.key)
        .filter(it => contains(it.partitions, position))
        .map(it => `${categories[it.kind]} ${it.upstream ?? ""}`.trim())
        .sort(),
      root: path.length === 1 ? (path[0]?.upstreamPartition ?? null) : null,
    };
  });
}

const categories: Record<StaleStep["kind"], string> = {
  code: "CODE",
  added: "DEPENDENCIES",
  removed: "DEPENDENCIES",
  newer: "DATA",
  stale: "UPSTREAM",
};

async function report(step: OracleStep & { do: "report" }): Promise<void> {
  await reportDataVersion(database, {
    environment: "dev",
    asset: step.asset as AssetKey,
    partition: null,
    dataVersion: step.data_version ?? null,
    requestedBy: "test",
  });
}

function ourGraph(assets: OracleAsset[]): AssetGraph {
  return {
    assets: assets.map(({ key, partitions, code_version, external }) => {
      const defined = partitions && ourDefinition(partitions);
      if (defined && "faults" in defined) throw new Error(`${key} is refused.`);
      const [plain] = graphOf(external ? `(${key})` : key).assets;
      return {
        ...(plain as AssetNode),
        codeVersion: code_version ?? null,
        partitionsDefinition: defined?.definition ?? null,
      };
    }),
    edges: assets.flatMap(({ key, deps }) =>
      deps.map(dep => ({
        from: dep.key as AssetKey,
        to: key as AssetKey,
        kind: "input" as const,
        mapping: ourMapping(dep.mapping ?? null),
      })),
    ),
  };
}
