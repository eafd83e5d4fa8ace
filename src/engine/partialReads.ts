import type { AssetGraph } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import { formatCount } from "../model/format.ts";
import type { PartitionTarget } from "../model/partitionPlan.ts";
import { difference, emptySet, union } from "../model/partitionSet.ts";
import { allPartitions } from "../model/partitions.ts";
import type { Plan } from "../model/plan.ts";
import { setInWords } from "../model/setInWords.ts";
import { selectionWord } from "../model/shellWord.ts";
import type { ReadStands } from "./planRequest.ts";

/** Whoever reads the whole of a partitioned asset takes what there is: says what of it is not there. */
export async function partialReads(
  { steps }: Pick<Plan, "steps">,
  targets: ReadonlyMap<AssetKey, PartitionTarget>,
  { assets, edges }: AssetGraph,
  stands: ReadStands,
): Promise<string[]> {
  const nodes = new Map(assets.map(asset => [asset.key, asset]));
  const made = new Set(steps.flatMap(it => it.assets));
  const whole = edges.filter(
    ({ from, to, kind, mapping }) =>
      kind === "input" &&
      made.has(to) &&
      !nodes.get(to)?.partitionsDefinition &&
      nodes.get(from)?.partitionsDefinition &&
      (!mapping || mapping.kind === "all"),
  );
  const known = await stands([...new Set(whole.map(it => it.from))], { stale: false });
  return whole.flatMap(({ from, to }) => {
    const stand = known.get(from);
    if (!stand) return [];
    const all = allPartitions(stand.partitions);
    const missing = difference(all, union(stand.materialized, targets.get(from)?.set ?? emptySet));
    if (missing.count === 0) return [];
    const present = `${formatCount(all.count - missing.count)} of the ${formatCount(all.count)} partitions`;
    const absent = setInWords(missing, stand.partitions);
    return `${to} reads ${present} of ${from}. Never materialized: ${absent}. Make them by millrace backfill ${selectionWord(from)} --missing.`;
  });
}
