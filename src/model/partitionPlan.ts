import type { AssetEdge } from "./assetGraph.ts";
import type { AssetKey } from "./assetKey.ts";
import type { PartitionMapping } from "./partitionMapping.ts";
import { indexesOf, intersection, type PartitionSet, setOfRange } from "./partitionSet.ts";
import { type Partitioning, partitionsAt } from "./partitions.ts";
import { type PartitionsDefinition, partitionsId } from "./partitionsDefinition.ts";
import type { Plan, PlanStep } from "./plan.ts";
import { upstreamNeeds } from "./upstreamNeeds.ts";

/** What a run makes of one partitioned asset. */
export interface PartitionTarget {
  readonly definition: PartitionsDefinition;
  readonly partitions: Partitioning;
  readonly set: PartitionSet;
}

/**
 * Cuts the steps of partitioned assets into one step for each targeted partition.
 * Each waits for the partitions upstream that it needs by the mapping of their edge; where nothing says
 * which belong together, for all of them. An asset that needs itself goes in its order.
 */
export function cutIntoPartitions(
  plan: Plan,
  targets: ReadonlyMap<AssetKey, PartitionTarget>,
  edges: readonly AssetEdge[],
): Plan {
  const mappings = new Map<string, (PartitionMapping | null)[]>();
  for (const { from, to, mapping = null } of edges) {
    const name = nameOf(from, to);
    mappings.set(name, [...(mappings.get(name) ?? []), mapping]);
  }
  const steps: PlanStep[] = [];
  const cuts: Cut[] = [];
  for (const { assets, dependsOn } of plan.steps) {
    const asset = assets[0] as AssetKey;
    const target = targets.get(asset) ?? null;
    const cut: Cut = { asset, target, steps: new Map() };
    const upstream = dependsOn.map(step => cuts[step] as Cut);
    const above = mappings.has(nameOf(asset, asset)) ? [...upstream, cut] : upstream;
    for (const position of target ? indexesOf(target.set) : [whole]) {
      const waits = above.flatMap(it =>
        waitsFor(it, mappings.get(nameOf(it.asset, asset)) ?? [null], target, position),
      );
      cut.steps.set(position, steps.length);
      steps.push({
        assets,
        partitions: target && slice(target, position),
        dependsOn: [...new Set(waits)].sort((a, b) => a - b),
      });
    }
    cuts.push(cut);
  }
  return { steps };
}

/** One step of the uncut plan, and what became of it: its steps by position. */
interface Cut {
  asset: AssetKey;
  target: PartitionTarget | null;
  steps: Map<number, number>;
}

const nameOf = (from: AssetKey, to: AssetKey) => `${from}\n${to}`;

/** The position of what is not cut. */
const whole = 0;

function waitsFor(
  upstream: Cut,
  mappings: readonly (PartitionMapping | null)[],
  target: PartitionTarget | null,
  position: number,
): number[] {
  const all = () => [...upstream.steps.values()];
  const { target: above } = upstream;
  if (above === null) return all();
  const downstream = target?.partitions ?? partitionsAt(null, { now: 0 });
  const one = setOfRange(position, position + 1);
  return mappings.flatMap(mapping => {
    const needs = upstreamNeeds(mapping, above.partitions, downstream, one);
    if ("fault" in needs) return all();
    return [...indexesOf(intersection(needs.partitions, above.set))].flatMap(
      index => upstream.steps.get(index) ?? [],
    );
  });
}

function slice(
  { definition, partitions }: PartitionTarget,
  position: number,
): NonNullable<PlanStep["partitions"]> {
  return {
    definition: partitionsId(definition),
    first: position,
    last: position,
    keys: [partitions.keyAt(position)],
  };
}
