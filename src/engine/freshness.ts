import { type AssetGraph, isExternal } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { AssetFreshness, AssetState } from "../model/assetState.ts";
import { freshnessAt } from "../model/freshness.ts";
import type { Sql } from "../store/database.ts";
import { lastLoaded } from "../store/freshness.ts";

/** How fresh the assets with a policy are at an instant; of all, or of some. */
export async function readFreshness(
  sql: Sql,
  environment: string,
  { assets }: AssetGraph,
  now: number,
  only?: readonly AssetKey[],
): Promise<Map<AssetKey, AssetFreshness>> {
  const wanted = only && new Set(only);
  const bound = assets.filter(it => it.freshnessPolicy && (wanted?.has(it.key) ?? true));
  if (bound.length === 0) return new Map();
  const last = await lastLoaded(sql, environment, bound);
  return new Map(
    bound.map(({ key, freshness, freshnessPolicy = null }) => {
      const { state, since, changesAt } = freshnessAt(freshnessPolicy, last.get(key) ?? null, now);
      const words = freshness ?? "";
      return [key, { state, policy: words, since: iso(since), changesAt: iso(changesAt) }];
    }),
  );
}

/** States with how fresh each asset is; a source that nobody ever makes gets a state when its data is measured. */
export async function withFreshness(
  states: readonly AssetState[],
  sql: Sql,
  environment: string,
  graph: AssetGraph,
  now: number,
  only?: readonly AssetKey[],
): Promise<AssetState[]> {
  const known = await readFreshness(sql, environment, graph, now, only);
  const stated = new Set(states.map(it => it.asset));
  const sources = graph.assets.filter(it => isExternal(it) && known.has(it.key) && !stated.has(it.key));
  return [...states, ...sources.map(it => outside(it.key))].map(state => {
    const freshness = known.get(state.asset);
    return freshness ? { ...state, freshness } : state;
  });
}

function outside(asset: AssetKey): AssetState {
  const nothing = { materializedAt: null, rows: null, durationMs: null, since: null, reason: null };
  return { asset, state: "missing", ...nothing, error: null, runId: null };
}

/** Those of which freshness is asked. */
export function assetsWithPolicy({ assets }: AssetGraph): AssetKey[] {
  return assets.filter(it => it.freshnessPolicy).map(it => it.key);
}

function iso(instant: number | null): string | null {
  return instant === null ? null : new Date(instant).toISOString();
}
