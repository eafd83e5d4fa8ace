import { assetChecks } from "../model/assetChecks.ts";
import { type AssetGraph, isExternal } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { AssetState } from "../model/assetState.ts";
import { failedChecks } from "../store/checkResults.ts";
import type { Sql } from "../store/database.ts";

/** States with the checks that do not hold; a source that lives outside has a state only to tell of them. */
export async function withFailedChecks(
  states: readonly AssetState[],
  sql: Sql,
  environment: string,
  { assets }: AssetGraph,
  only?: readonly AssetKey[],
): Promise<AssetState[]> {
  const found = await failedChecks(sql, environment, only);
  const asked = only && new Set(only);
  const told = new Map<AssetKey, Pick<AssetState, "failedChecks">>();
  const known = new Set(states.map(it => it.asset));
  const outside: AssetState[] = [];
  for (const asset of assets) {
    const isAsked = asked?.has(asset.key) ?? true;
    const failed = found.get(asset.key);
    const isAlone = isExternal(asset) && !known.has(asset.key);
    if (!isAsked || (failed === undefined && !(isAlone && asset.checks.length > 0))) continue;
    // What is no longer defined holds nothing up.
    const names = new Set(assetChecks(asset).map(it => it.name));
    const still = failed?.filter(it => names.has(it.name)) ?? [];
    if (still.length > 0) told.set(asset.key, { failedChecks: still });
    if (isAlone) outside.push({ ...nothing, asset: asset.key, ...told.get(asset.key) });
  }
  return [...states.map(it => ({ ...it, ...told.get(it.asset) })), ...outside];
}

const nothing = {
  state: "missing",
  ...{ materializedAt: null, rows: null, durationMs: null },
  ...{ since: null, reason: null, error: null, runId: null },
} as const;
