import type { AssetNode } from "./assetGraph.ts";
import type { AssetKey } from "./assetKey.ts";
import type { DbtTest } from "./dbtNode.ts";

/** One check of an asset, by its name; of a test of dbt its id says which. */
export interface CheckRequest {
  readonly asset: AssetKey;
  readonly name: string;
  readonly uniqueId: string | null;
}

/** Everything that tests an asset: its own checks, and dbt's tests of it or of the source that it feeds. */
export function assetChecks(asset: AssetNode): CheckRequest[] {
  const { key, checks, dbt } = asset;
  const tests = dbtTestsOf(asset);
  const ofDbt = new Set(tests.map(it => it.name));
  const own = dbt === undefined ? checks.filter(it => !ofDbt.has(it)) : [];
  return [
    ...own.map(name => ({ asset: key, name, uniqueId: null })),
    ...tests.map(({ name, uniqueId }) => ({ asset: key, name, uniqueId })),
  ];
}

/** The tests of dbt that are about an asset. */
export function dbtTestsOf({ dbt, sourceTests }: AssetNode): readonly DbtTest[] {
  return dbt?.tests ?? sourceTests ?? [];
}
