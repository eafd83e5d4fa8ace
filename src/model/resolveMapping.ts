import type { DefinitionFault } from "./definitionFault.ts";
import { faultOfMapping } from "./mappingFaults.ts";
import type {
  DimensionPair,
  MultiMapping,
  MultiToSingleMapping,
  PartitionMapping,
  ResolvedMapping,
  SimpleMapping,
} from "./partitionMapping.ts";
import { overlappingWindows } from "./partitionMapping.ts";
import {
  isTimePartitions,
  type MultiPartitions,
  type PartitionsDefinition,
  samePartitions,
} from "./partitionsDefinition.ts";
import { didYouMean } from "./suggest.ts";

type Side = PartitionsDefinition | null;
type Resolved = { readonly mapping: ResolvedMapping } | { readonly fault: DefinitionFault };

/**
 * The mapping that is in force between two assets: the one that was given, if it fits them, or the one that goes
 * without saying. Null stands for an asset without partitions, and for a mapping that was not given.
 */
export function resolveMapping(given: PartitionMapping | null, upstream: Side, downstream: Side): Resolved {
  const mapping = given ?? inferMapping(upstream, downstream);
  if (mapping.kind === "multiToSingle") return resolveMultiToSingle(mapping, upstream, downstream);
  if (mapping.kind === "multi") return resolveMulti(mapping, upstream, downstream);
  const fault = faultOfMapping(mapping, upstream, downstream, given === null);
  return fault === null ? { mapping } : { fault };
}

function inferMapping(upstream: Side, downstream: Side): PartitionMapping {
  if (upstream === null || downstream === null) return { kind: "all" };
  const toSingle: MultiToSingleMapping = { kind: "multiToSingle", dimension: null };
  if ("mapping" in resolveMultiToSingle(toSingle, upstream, downstream)) return toSingle;
  return isTimePartitions(upstream) && isTimePartitions(downstream)
    ? overlappingWindows
    : { kind: "identity" };
}

function resolveMultiToSingle(
  { dimension }: MultiToSingleMapping,
  upstream: Side,
  downstream: Side,
): Resolved {
  const isUp = upstream?.kind === "multi";
  const [multi, single] = isUp ? [upstream, downstream] : [downstream, upstream];
  if (multi?.kind !== "multi" || single === null || single.kind === "multi") {
    return {
      fault: {
        what: "A mapping of one dimension stands between assets of which not exactly one has dimensions",
        whatToDo: "Map dimension by dimension, or leave the mapping away.",
      },
    };
  }
  const candidates: { position: number; mapping: SimpleMapping }[] = [];
  for (const [position, { name, partitions }] of multi.dimensions.entries()) {
    if (dimension !== null && name !== dimension) continue;
    if (samePartitions(partitions, single)) candidates.push({ position, mapping: { kind: "identity" } });
    else if (isTimePartitions(partitions) && isTimePartitions(single)) {
      candidates.push({ position, mapping: overlappingWindows });
    }
  }
  const same = candidates.filter(it => it.mapping.kind === "identity");
  const [chosen, ...others] = same.length > 0 ? same : candidates;
  if (chosen === undefined || others.length > 0)
    return { fault: noDimension(multi, dimension, chosen !== undefined) };
  const { position, mapping } = chosen;
  const pair: DimensionPair = isUp
    ? { upstream: position, downstream: 0, mapping }
    : { upstream: 0, downstream: position, mapping };
  return { mapping: { kind: "multiToSingle", pairs: [pair] } };
}

function noDimension(multi: MultiPartitions, named: string | null, isAmbiguous: boolean): DefinitionFault {
  const names = multi.dimensions.map(it => it.name);
  const list = names.map(it => `"${it}"`).join(", ");
  if (named !== null && !names.includes(named)) {
    return {
      what: `There is no dimension "${named}"`,
      whatToDo: `The dimensions are ${list}.${didYouMean(named, names)}`,
    };
  }
  if (named !== null) {
    return {
      what: `The dimension "${named}" is cut differently from the asset without dimensions`,
      whatToDo: "Name one with the same partitions, or with windows of time on both sides.",
    };
  }
  return isAmbiguous
    ? { what: `Several of the dimensions ${list} fit`, whatToDo: "Name the one that is meant." }
    : { what: `None of the dimensions ${list} fits`, whatToDo: "Give a mapping, such as all partitions." };
}

function resolveMulti({ dimensions }: MultiMapping, upstream: Side, downstream: Side): Resolved {
  if (upstream?.kind !== "multi" || downstream?.kind !== "multi") {
    return {
      fault: {
        what: "A mapping by dimensions stands between assets of which one has no dimensions",
        whatToDo: "Name the one dimension that both have, or leave the mapping away.",
      },
    };
  }
  const pairs: DimensionPair[] = [];
  for (const [name, { downstreamDimension, mapping }] of Object.entries(dimensions)) {
    const [up, down] = [position(upstream, name), position(downstream, downstreamDimension)];
    if (up < 0) return { fault: unknownDimension("upstream", name, upstream) };
    if (down < 0) return { fault: unknownDimension("downstream", downstreamDimension, downstream) };
    if (pairs.some(it => it.downstream === down)) {
      return {
        fault: {
          what: `Two upstream dimensions are mapped to the dimension "${downstreamDimension}"`,
          whatToDo: "Map each to one of its own.",
        },
      };
    }
    const resolved = resolveMapping(mapping, partitionsOf(upstream, up), partitionsOf(downstream, down));
    if ("fault" in resolved) return resolved;
    // Neither side of the pair has dimensions, so the mapping has none either.
    pairs.push({ upstream: up, downstream: down, mapping: resolved.mapping as SimpleMapping });
  }
  return { mapping: { kind: "multi", pairs } };
}

function position({ dimensions }: MultiPartitions, name: string): number {
  return dimensions.findIndex(it => it.name === name);
}

function partitionsOf({ dimensions }: MultiPartitions, at: number): Side {
  return dimensions[at]?.partitions ?? null;
}

function unknownDimension(side: string, name: string, { dimensions }: MultiPartitions): DefinitionFault {
  const names = dimensions.map(it => it.name);
  return {
    what: `There is no ${side} dimension "${name}"`,
    whatToDo: `The dimensions are ${names.map(it => `"${it}"`).join(", ")}.${didYouMean(name, names)}`,
  };
}
