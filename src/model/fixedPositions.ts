import type { PartitionsDefinition } from "./partitionsDefinition.ts";

/**
 * Whether a partition keeps its position while others come into being: so it may be recorded instead of its key.
 * Keys that are added at run time may go again, and of several dimensions only the first one may grow.
 */
export function hasFixedPositions(definition: PartitionsDefinition): boolean {
  if (definition.kind !== "multi") return definition.kind !== "dynamic";
  const [first, ...others] = definition.dimensions.map(it => it.partitions.kind);
  return first !== "dynamic" && others.every(kind => kind === "static");
}
