import type { DefinitionFault } from "./definitionFault.ts";
import type { SimpleMapping, StaticMapping } from "./partitionMapping.ts";
import {
  isTimePartitions,
  type PartitionsDefinition,
  type StaticPartitions,
} from "./partitionsDefinition.ts";
import { didYouMean } from "./suggest.ts";

type Side = PartitionsDefinition | null;

/** What keeps a mapping from standing between two assets, null when it fits. */
export function faultOfMapping(
  mapping: SimpleMapping,
  upstream: Side,
  downstream: Side,
  isInferred: boolean,
): DefinitionFault | null {
  switch (mapping.kind) {
    case "all":
    case "last":
      return null;
    case "specific":
      return faultOfSpecific(mapping.keys, upstream);
    case "identity":
      return upstream?.kind === downstream?.kind && upstream !== null
        ? null
        : differentKinds(upstream, downstream, isInferred);
    case "timeWindow":
      return faultOfWindows(mapping.startOffset, mapping.endOffset, upstream, downstream);
    case "static":
      return faultOfStatic(mapping, upstream, downstream);
  }
}

function faultOfSpecific(keys: readonly string[], upstream: Side): DefinitionFault | null {
  if (upstream === null) {
    return {
      what: `The partition "${keys[0]}" is asked of an asset that has no partitions`,
      whatToDo: "Leave the mapping away.",
    };
  }
  return upstream.kind === "static" ? faultOfKeys("upstream", keys, upstream) : null;
}

function differentKinds(upstream: Side, downstream: Side, isInferred: boolean): DefinitionFault {
  const [up, down] = [nameOf(upstream), nameOf(downstream)];
  return isInferred
    ? {
        what: `Which ${up} upstream a ${down} downstream needs does not go without saying`,
        whatToDo: "Give a mapping: all, the last, specific ones, or windows of time.",
      }
    : {
        what: `A ${down} cannot need the ${up} with the same key`,
        whatToDo: "Leave the mapping away, or give another one.",
      };
}

function nameOf(side: Side): string {
  return side === null ? "whole asset" : `${side.kind} partition`;
}

function faultOfWindows(
  startOffset: number,
  endOffset: number,
  upstream: Side,
  downstream: Side,
): DefinitionFault | null {
  const other = [upstream, downstream].find(it => !isTimePartitions(it));
  if (other !== undefined) {
    return {
      what: `Windows of time are asked of a ${nameOf(other)}`,
      whatToDo: "Both assets need hourly, daily, weekly, monthly or cron partitions.",
    };
  }
  const wrong = [startOffset, endOffset].find(it => !Number.isSafeInteger(it));
  if (wrong === undefined) return null;
  return {
    what: `A window is moved by ${wrong} partitions`,
    whatToDo: "Write whole numbers: window(-6, 0).",
  };
}

function faultOfStatic({ map }: StaticMapping, upstream: Side, downstream: Side): DefinitionFault | null {
  if (upstream?.kind !== "static" || downstream?.kind !== "static") {
    const other = upstream?.kind === "static" ? downstream : upstream;
    return {
      what: `A table of keys is given for a ${nameOf(other)}`,
      whatToDo: "Both assets need static partitions.",
    };
  }
  return (
    faultOfKeys("upstream", Object.keys(map), upstream) ??
    faultOfKeys("downstream", Object.values(map).flat(), downstream)
  );
}

function faultOfKeys(
  side: string,
  keys: readonly string[],
  { keys: known }: StaticPartitions,
): DefinitionFault | null {
  const all = new Set(known);
  const unknown = keys.find(it => !all.has(it));
  if (unknown === undefined) return null;
  return {
    what: `The mapping names "${unknown}", which is no partition of the ${side} asset`,
    whatToDo: `Write one of its keys.${didYouMean(unknown, known)}`,
  };
}
