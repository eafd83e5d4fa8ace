import type { AssetKey } from "../model/assetKey.ts";
import type { AssetDefinition } from "./definition.ts";
import type { IoManager, StreamingSql } from "./ioManager.ts";
import { logTo } from "./log.ts";
import {
  type MaterializedAsset,
  type MaterializeResult,
  resultOf,
  type TestLogLine,
} from "./materializeResult.ts";
import { memoryIo } from "./memoryIo.ts";
import { isOverrides, type ResourceOverride } from "./override.ts";
import type { ResourceDefinition } from "./resource.ts";
import { runStep } from "./step.ts";
import type { StepEdge } from "./stepEdge.ts";
import { isStepCanceled, StepCanceled } from "./stepErrors.ts";
import { planTest } from "./testPlan.ts";
import { noPartition, testSlice } from "./testSlice.ts";

export interface MaterializeOptions {
  /**
   * Values to use instead of resources: by name, `{ stationApi: fakeApi }`, or by reference and typed,
   * `[override(stationApi, fakeApi)]`. They are not closed. Resources without a value here are opened.
   */
  readonly resources?: Readonly<Record<string, unknown>> | readonly ResourceOverride[];
  /** The data of assets and sources that are not materialized here, by key: `{ "raw/orders": rows }`. */
  readonly inputs?: Readonly<Record<string, unknown>>;
  /**
   * The key of the partition that partitioned assets make, or several in a row, as one run of a backfill makes
   * them; their inputs are given or made for the same one.
   */
  readonly partition?: string | readonly string[];
  /** Cancels: the step that runs rejects with StepCanceled, the others do not begin. */
  readonly signal?: AbortSignal;
  /** False: an asset that fails is told by the result instead of by a rejection. True by default. */
  readonly raiseOnError?: boolean;
}

/**
 * Materializes assets in this process, in milliseconds, for unit tests: in the order of their dependencies,
 * with their real resources unless others are given, and with everything kept in memory whatever their `io`
 * is. No database is touched.
 *
 * Checks with user code run, `notNull` and `unique` too. Other checks in SQL need a database: they are not
 * run, and `checks(asset)` reports them as "skipped".
 *
 * Rejects with the error of the first asset that fails, unless `raiseOnError` is false; what depends on it
 * is skipped. Inputs that are neither materialized here nor given are an error before anything runs.
 *
 * @example
 * const result = await materialize([cityAverages], { inputs: { "weather/readings": readings } });
 * expect(result.value(cityAverages)).toEqual([{ city: "Oslo", celsius: 4 }]);
 */
export async function materialize(
  assets: readonly AssetDefinition[],
  options: MaterializeOptions = {},
): Promise<MaterializeResult> {
  const plan = planTest(assets, options);
  const memory = memoryIo();
  for (const [key, value] of Object.entries(options.inputs ?? {})) memory.give(key as AssetKey, value);
  const materialized = new Map<AssetKey, MaterializedAsset>();
  const logs: TestLogLine[] = [];
  const dynamicKeys = new Map<string, readonly string[]>();
  const signal = options.signal ?? new AbortController().signal;
  for (const { asset, needs } of plan) {
    const missing = needs.find(key => materialized.get(key)?.status !== "succeeded");
    const outcome = signal.aborted
      ? { asset, status: "canceled" as const, error: new StepCanceled(asset.key) }
      : missing
        ? { asset, status: "skipped" as const, because: missing }
        : await runInMemory(asset, () => testEdge(asset, logs, { ...options, signal }, memory, dynamicKeys));
    materialized.set(asset.key, outcome);
    if ("error" in outcome && options.raiseOnError !== false) throw outcome.error;
  }
  return resultOf(materialized, memory, logs, dynamicKeys);
}

async function runInMemory(asset: AssetDefinition, edge: () => StepEdge): Promise<MaterializedAsset> {
  try {
    return { asset, status: "succeeded", result: await runStep(asset, edge()) };
  } catch (error) {
    return { asset, status: isStepCanceled(error) ? "canceled" : "failed", error };
  }
}

function testEdge(
  asset: AssetDefinition,
  logs: TestLogLine[],
  { resources = {}, signal, partition }: MaterializeOptions & { readonly signal: AbortSignal },
  memory: IoManager,
  dynamicKeys: Map<string, readonly string[]>,
): StepEdge {
  return {
    signal,
    log: logTo((level, message) => logs.push({ asset: asset.key, level, message })),
    runId: "in memory",
    stepId: asset.key,
    attempt: 1,
    assetSchema: "assets",
    slice: testSlice(asset, partition),
    inputSlice: ({ upstream }) => (upstream.key === asset.key ? noPartition(asset) : null),
    changeDynamicKeys: async (name, { add = [], remove = [] }) => {
      const kept = (dynamicKeys.get(name) ?? []).filter(key => !remove.includes(key));
      dynamicKeys.set(name, [...new Set([...kept, ...add])]);
    },
    io: () => memory,
    openResource: (resource, name) => givenResource(resources, resource, name),
    publish: async (_, work) => void (await work(noTransaction)),
  };
}

function givenResource(
  given: NonNullable<MaterializeOptions["resources"]>,
  resource: ResourceDefinition,
  name: string,
): { readonly value: unknown } | undefined {
  if (isOverrides(given)) return given.find(it => it.resource === resource);
  const named = [name, resource.name].find(it => Object.hasOwn(given, it));
  return named === undefined ? undefined : { value: given[named] };
}

const noTransaction: StreamingSql = {
  query: () => Promise.reject(new Error("There is no database in memory.")),
  submit: () => {
    throw new Error("There is no database in memory.");
  },
};
