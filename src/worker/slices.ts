import { indexesOf, intersection, type PartitionSet, setOfRange } from "../model/partitionSet.ts";
import { type Partitioning, type PartitionsMoment, partitionsAt, windowOf } from "../model/partitions.ts";
import { type PartitionsDefinition, partitionsId } from "../model/partitionsDefinition.ts";
import { upstreamNeeds } from "../model/upstreamNeeds.ts";
import type { StepOrder, StepPositions } from "../protocol/worker.ts";
import type { AssetDefinition, InputDefinition } from "../sdk/definition.ts";
import type { Slice } from "../sdk/slice.ts";

/** What an order says of the partitions that are made, and of those that exist. */
type Order = Pick<StepOrder, "positions" | "now" | "dynamicKeys" | "dbtInputs">;

/** The partitions that a step is to make, from their positions; null for an asset without partitions. */
export function outputSlice(asset: Pick<AssetDefinition, "key" | "partitions">, order: Order): Slice | null {
  const { partitions: definition } = asset;
  const { positions } = order;
  if (definition === null || positions === null) return null;
  if (partitionsId(definition) !== positions.definition) {
    throw new Error(
      `The partitions of ${asset.key} are defined otherwise now than when this run was planned. Run it again.`,
    );
  }
  const partitions = partitionsAt(definition, momentOf(order));
  requireUnmoved(asset.key, positions, partitions);
  return sliceOf(definition, partitions, wantedBy(positions), false);
}

/** Where keys come and go, what was planned by its position may be another partition now. */
function requireUnmoved(asset: string, { keys, first, last }: StepPositions, partitions: Partitioning): void {
  if (!keys) return;
  for (const [key, at] of [[keys[0], first] as const, [keys.at(-1), last] as const]) {
    if (at < partitions.count && partitions.keyAt(at) === key) continue;
    throw new Error(
      `Keys were removed since this run of ${asset} was planned, so "${key}" is not where it was. Run it again.`,
    );
  }
}

/** The partitions of an input that a step needs (semantics 1.4); null: everything, for it has no partitions. */
export function inputSlice(asset: AssetDefinition, input: InputDefinition, order: Order): Slice | null {
  const { upstream: asked, partitionMapping: mapping } = input;
  const definition = order.dbtInputs?.[asked.key]?.partitions ?? asked.partitions;
  if (definition === null) return null;
  const moment = momentOf(order);
  const upstream = partitionsAt(definition, moment);
  const downstream = partitionsAt(asset.partitions, moment);
  const wanted = order.positions === null ? setOfRange(0, 1) : wantedBy(order.positions);
  const needs = upstreamNeeds(mapping, upstream, downstream, wanted);
  if ("fault" in needs) {
    throw new Error(`The input ${asked.key} of ${asset.key}: ${needs.fault.what}. ${needs.fault.whatToDo}`);
  }
  if (asked.key === asset.key) requireEarlier(asset, intersection(needs.partitions, wanted), upstream);
  const [missing] = needs.nonexistent.keys();
  if (missing !== undefined) {
    const others = needs.nonexistent.count > 1 ? ` and ${needs.nonexistent.count - 1} more` : "";
    throw new Error(
      `${asset.key} needs the partition ${missing}${others} of ${asked.key}, which does not exist. ` +
        "Begin the partitions of both at the same time, or allow it: .window(0, 0, { allowNonexistent: true }).",
    );
  }
  const isWhole = asset.partitions === null && mapping === null;
  return sliceOf(definition, upstream, needs.partitions, isWhole);
}

/** What a step makes is published at its end, so it cannot read a part of it before. */
function requireEarlier({ key }: AssetDefinition, both: PartitionSet, partitions: Partitioning): void {
  const [first] = both.ranges;
  if (first === undefined) return;
  throw new Error(
    `${key} needs its own partition ${partitions.keyAt(first.from)}, which this same run is to make. ` +
      "Make its partitions one after the other: one in a run.",
  );
}

/** Keys and windows are counted out when somebody asks for them: of a whole asset there may be a million. */
function sliceOf(
  definition: PartitionsDefinition,
  partitions: Partitioning,
  set: PartitionSet,
  isWhole: boolean,
): Slice {
  let keys: readonly string[] | undefined;
  let windows: Slice["windows"] | undefined;
  return {
    definition,
    isWhole,
    get keys() {
      keys ??= [...indexesOf(set)].map(index => partitions.keyAt(index));
      return keys;
    },
    get windows() {
      if (windows === undefined) windows = windowsOf(partitions, set);
      return windows;
    },
  };
}

function windowsOf(partitions: Partitioning, set: PartitionSet): Slice["windows"] {
  const windows = [...indexesOf(set)].map(index => windowOf(partitions, index));
  return windows.every(window => window !== null) ? windows : null;
}

/** Which partitions exist for a step. */
export function momentOf({ positions, now = Date.now(), dynamicKeys = {} }: Order): PartitionsMoment {
  return { now: positions?.now ?? now, dynamicKeys: name => dynamicKeys[name] ?? [] };
}

function wantedBy({ first, last }: StepPositions): PartitionSet {
  return setOfRange(first, last + 1);
}
