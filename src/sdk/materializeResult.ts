import type { AssetKey } from "../model/assetKey.ts";
import type { CheckDefinition, CheckResult } from "./check.ts";
import type { MetadataValue } from "./context.ts";
import type { AssetDefinition } from "./definition.ts";
import type { LogLevel } from "./log.ts";
import type { MemoryIo } from "./memoryIo.ts";
import type { StepResult } from "./stepEdge.ts";
import { isCheckFailed, messageOf } from "./stepErrors.ts";

/** What `materialize([…])` answers: of each asset, what became of it. */
export interface MaterializeResult {
  /** True when every asset was materialized. Checks that do not block may have failed nevertheless. */
  readonly succeeded: boolean;
  /** "skipped": something it depends on was not materialized. */
  status(asset: AssetDefinition): "succeeded" | "failed" | "skipped" | "canceled";
  /** What its consumers would receive. Throws when the asset was not materialized. */
  value<Output>(asset: AssetDefinition<Output>): Output;
  /** How many rows were stored; null when the value is not rows, or nothing was stored. */
  rows(asset: AssetDefinition): number | null;
  /** How each of its checks ended, in the order in which they are declared. */
  checks(asset: AssetDefinition): TestedCheck[];
  /** The facts it recorded by `context.metadata`. */
  metadata(asset: AssetDefinition): Readonly<Record<string, MetadataValue>>;
  /** What its function, its inputs or a blocking check threw; undefined when nothing did. */
  error(asset: AssetDefinition): unknown;
  /** The keys that were added by `context.partitions.add`, and not removed. */
  dynamicKeys(name: string): readonly string[];
  /** What was logged, in order. */
  readonly logs: readonly TestLogLine[];
}

/** "skipped": it is written in SQL, which needs a database, or its asset did not come so far. */
export interface TestedCheck extends Omit<CheckResult, "passed"> {
  readonly status: "passed" | "failed" | "skipped";
}

export interface TestLogLine {
  readonly asset: AssetKey;
  readonly level: LogLevel;
  readonly message: string;
}

/** What became of one asset. */
export type MaterializedAsset = { readonly asset: AssetDefinition } & (
  | { readonly status: "succeeded"; readonly result: StepResult }
  | { readonly status: "failed" | "canceled"; readonly error: unknown }
  | { readonly status: "skipped"; readonly because: AssetKey }
);

export function resultOf(
  materialized: ReadonlyMap<AssetKey, MaterializedAsset>,
  memory: MemoryIo,
  logs: readonly TestLogLine[],
  dynamicKeys: ReadonlyMap<string, readonly string[]>,
): MaterializeResult {
  const find = ({ key }: AssetDefinition) => {
    const found = materialized.get(key);
    if (found === undefined) throw new Error(`${key} is not among the assets that were materialized.`);
    return found;
  };
  return {
    succeeded: [...materialized.values()].every(({ status }) => status === "succeeded"),
    status: asset => find(asset).status,
    value: <Output>(asset: AssetDefinition<Output>) => {
      requireSuccess(find(asset));
      return memory.value(asset.key) as Output;
    },
    rows: asset => stepResult(find(asset))?.rows ?? null,
    checks: asset => testedChecks(find(asset)),
    metadata: asset => stepResult(find(asset))?.metadata ?? {},
    error: asset => errorOf(find(asset)),
    dynamicKeys: name => dynamicKeys.get(name) ?? [],
    logs,
  };
}

function requireSuccess(outcome: MaterializedAsset): void {
  const { key } = outcome.asset;
  if (outcome.status === "skipped") throw new Error(`${key} was skipped: ${outcome.because} has no data.`);
  if (outcome.status === "canceled") throw new Error(`${key} was canceled.`, { cause: outcome.error });
  if (outcome.status === "failed") {
    throw new Error(`${key} failed: ${messageOf(outcome.error)}`, { cause: outcome.error });
  }
}

function stepResult(outcome: MaterializedAsset): StepResult | undefined {
  return outcome.status === "succeeded" ? outcome.result : undefined;
}

function errorOf(outcome: MaterializedAsset): unknown {
  return "error" in outcome ? outcome.error : undefined;
}

function testedChecks(outcome: MaterializedAsset): TestedCheck[] {
  const error = errorOf(outcome);
  const results = stepResult(outcome)?.checks ?? (isCheckFailed(error) ? error.results : []);
  return outcome.asset.checkDefinitions.map(check => testedCheck(check, results));
}

function testedCheck(
  { name, blocking, severity, kind }: CheckDefinition,
  results: readonly CheckResult[],
): TestedCheck {
  const result = results.find(it => it.name === name);
  if (result === undefined) {
    const message =
      kind === "sql" ? "Written in SQL, which needs a database." : "The asset did not come so far.";
    return { name, blocking, severity, status: "skipped", failedRows: null, message };
  }
  const { passed, ...facts } = result;
  return { ...facts, status: passed ? "passed" : "failed" };
}
