import type { AssetKey } from "../../model/assetKey.ts";
import { type FreshnessPolicy, measuredEvery } from "../../model/freshness.ts";
import { measuredAt } from "../../store/freshness.ts";
import type { AutomationLoop } from "./loop.ts";
import type { AutomationEdge } from "./loops.ts";

/**
 * Lets dbt measure its sources, as often as it matters for how new they must be. What it finds is a fact whoever
 * records it, so it needs no lease; dbt may take longer than a look, so a look only begins it.
 */
export function sourceLoop({ database, environment, clock, measureSources, trouble, wake }: AutomationEdge) {
  const tried = new Map<AssetKey, number>();
  let measuring: Promise<void> | null = null;

  const loop: AutomationLoop = {
    name: "sources",
    async look({ graph, now }) {
      const sources = graph.assets.filter(it => it.measuredSources && it.freshnessPolicy);
      if (sources.length === 0 || measuring !== null) return null;
      const known = await measuredAt(database, environment);
      const due = new Map(
        sources.map(({ key, freshnessPolicy }) => {
          const last = Math.max(known.get(key) ?? 0, tried.get(key) ?? 0);
          return [key, last === 0 ? now : last + measuredEvery(freshnessPolicy as FreshnessPolicy)];
        }),
      );
      const late = [...due].filter(([, at]) => at <= now).map(([key]) => key);
      if (late.length > 0) measuring = measure(late);
      return late.length > 0 ? null : Math.min(...due.values());
    },
    async rest() {
      await measuring;
    },
  };
  return loop;

  async function measure(assets: readonly AssetKey[]) {
    for (const asset of assets) tried.set(asset, clock());
    try {
      for (const { asset, error } of await measureSources(assets)) {
        if (error === null) trouble.well(asset);
        else trouble.failed(asset, new Error(`dbt could not look at ${asset}: ${error}`));
      }
      trouble.well("sources of dbt");
    } catch (error) {
      trouble.failed("sources of dbt", error as Error);
    }
    measuring = null;
    wake("sources");
  }
}
