import { randomUUID } from "node:crypto";
import type { AssetGraph } from "../../src/model/assetGraph.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";
import { partitionsAt } from "../../src/model/partitions.ts";
import { partitionsId } from "../../src/model/partitionsDefinition.ts";
import type { StepOrder } from "../../src/protocol/worker.ts";
import { brand } from "../../src/sdk/brand.ts";
import type { AssetDefinition } from "../../src/sdk/definition.ts";
import type { Database } from "../../src/store/database.ts";
import { publishStep } from "../../src/store/publish.ts";
import { stepsOfRun, submitRun } from "../../src/store/runs.ts";
import { startStep } from "../../src/store/steps.ts";
import type { Origin } from "../../src/store/versions.ts";
import { noteOrigin, withDataVersion } from "../../src/worker/origin.ts";

/** What is materialized, as a worker does it: what is upstream is noted, the data is made, state is published. */
export interface Making {
  asset: string;
  /** Keys, first and last of a range; absent for an asset without partitions. */
  partitions?: [string, string];
  /** As the asset's function says it. */
  dataVersion?: string;
  /** What happens after what is upstream was noted, and before it is published. */
  meanwhile?(): Promise<unknown>;
}

/** Materializes assets of a graph in the state, with the store's and the worker's own functions and no engine. */
export async function make(
  database: Database,
  graph: AssetGraph,
  now: number,
  making: Making,
): Promise<Origin> {
  const asset = definitionOf(graph, making.asset as AssetKey);
  const definition = asset.partitions;
  const partitions = partitionsAt(definition, { now });
  const [first = 0, last = 0] = (making.partitions ?? []).map(key => partitions.indexOf(key) as number);
  const keys = Array.from({ length: last - first + 1 }, (_, at) => partitions.keyAt(first + at));
  const slice = definition && { definition: partitionsId(definition), first, last, keys };
  const runId = await submitRun(database, {
    environment: "dev",
    digest: "none",
    selection: making.asset,
    requestedBy: "test",
    priority: 0,
    evaluatedAt: now,
    plan: { steps: [{ assets: [asset.key], partitions: slice, dependsOn: [] }] },
  });
  const [step] = await stepsOfRun(database, runId);
  const stepId = step?.id ?? "";
  const attempt = (await startStep(database, stepId, randomUUID()))?.attempt ?? 0;
  const order: StepOrder = {
    runId,
    stepId,
    attempt,
    asset: asset.key,
    positions: slice && { definition: slice.definition, first, last, now },
    now,
  };
  const nodes = new Map(graph.assets.map(it => [it.key, it]));
  const origin = await noteOrigin(
    database,
    asset,
    order,
    key => nodes.get(key)?.partitionsDefinition ?? null,
  );
  await making.meanwhile?.();
  await publishStep(database, async () => ({
    ...order,
    slice: slice && { keys },
    rows: 1,
    codeVersion: asset.codeVersion,
    origin: withDataVersion(origin, making.dataVersion),
    metadata: {},
    checks: [],
  }));
  return origin;
}

/** As much of a definition as the worker needs to note what is upstream of it. */
function definitionOf({ assets, edges }: AssetGraph, key: AssetKey): AssetDefinition {
  const node = assets.find(it => it.key === key);
  if (!node) throw new Error(`There is no asset ${key}.`);
  const inputs = edges
    .filter(edge => edge.to === key)
    .map(({ from, mapping = null }, at) => [
      `input${at}`,
      { upstream: { key: from }, partitionMapping: mapping },
    ]);
  return {
    [brand]: "asset",
    key,
    codeVersion: node.codeVersion ?? null,
    partitions: node.partitionsDefinition ?? null,
    inputs: Object.fromEntries(inputs),
    deps: [],
    depMappings: {},
  } as unknown as AssetDefinition;
}
