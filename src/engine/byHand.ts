import type { ScannedGraph } from "../model/assetGraph.ts";
import { isExternal } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import { indexesOf } from "../model/partitionSet.ts";
import { allPartitions, partitionsAt } from "../model/partitions.ts";
import { partitionsId } from "../model/partitionsDefinition.ts";
import { selectPartitions } from "../model/selectPartitions.ts";
import type { Database } from "../store/database.ts";
import { markMaterialized, wipe } from "../store/handwork.ts";
import type { NamedSlice } from "../store/sliceOwner.ts";
import { ConfigurationError } from "./configuration.ts";
import type { Moment } from "./moment.ts";
import { selectAssets } from "./planRequest.ts";

/** What somebody changes in the state by hand. */
export interface HandRequest {
  /** Marked: as good as made by the present code from the present data. Wiped: as if never made. */
  action: "mark" | "wipe";
  selection: string;
  /** "2026-01-01...2026-01-31"; null: all of them. */
  partitions: string | null;
  requestedBy: string;
}

/** Does it for each selected asset; answers how many assets or partitions changed. Refuses before anything does. */
export async function changeByHand(
  database: Database,
  environment: string,
  graph: ScannedGraph,
  moment: Moment,
  { action, selection, partitions, requestedBy }: HandRequest,
): Promise<{ asset: AssetKey; changed: number }[]> {
  const { keys } = selectAssets(selection, graph);
  const nodes = graph.assets.filter(it => keys.includes(it.key) && !isExternal(it));
  const slices = nodes.map(({ key, partitionsDefinition }) => {
    if (!partitionsDefinition) return null;
    const existing = partitionsAt(partitionsDefinition, moment);
    if (partitions === null && action === "wipe") return null;
    const asked =
      partitions === null ? { set: allPartitions(existing) } : selectPartitions(partitions, existing);
    if ("error" in asked) throw new ConfigurationError(`${key}: ${asked.error}`);
    return {
      definition: partitionsId(partitionsDefinition),
      partitions: [...indexesOf(asked.set)].map(position => ({ key: existing.keyAt(position), position })),
    } satisfies NamedSlice;
  });
  const results: { asset: AssetKey; changed: number }[] = [];
  for (const [at, { key: asset, codeVersion = null }] of nodes.entries()) {
    const work = { environment, asset, slice: slices[at] ?? null, requestedBy };
    const inputs = [...new Set(graph.edges.filter(it => it.to === asset).map(it => it.from))].sort();
    const changed =
      action === "wipe"
        ? await wipe(database, work)
        : await markMaterialized(database, work, { codeVersion, inputs });
    results.push({ asset, changed });
  }
  return results;
}
