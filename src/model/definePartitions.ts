import type { Defined, DefinitionFault } from "./definitionFault.ts";
import {
  type DynamicPartitions,
  isTimePartitions,
  keyDelimiter,
  type MultiPartitions,
  type PartitionsDefinition,
  type PartitionsDimension,
  rangeDelimiter,
  type SimplePartitions,
  type StaticPartitions,
} from "./partitionsDefinition.ts";

/** A list of keys as partitions, or what is wrong with it. */
export function defineStaticPartitions(keys: readonly string[]): Defined<StaticPartitions> {
  const faults: DefinitionFault[] = [];
  const known = new Set<string>();
  for (const key of keys) {
    const fault = faultOfKey(key);
    if (fault !== null) faults.push(fault);
    else if (known.has(key)) {
      faults.push({ what: `The partition key "${key}" is listed twice`, whatToDo: "Remove one of the two." });
    }
    known.add(key);
  }
  return faults.length > 0 ? { faults } : { definition: { kind: "static", keys } };
}

/** Partitions whose keys are kept under a name, or what is wrong with it. */
export function defineDynamicPartitions(name: string): Defined<DynamicPartitions> {
  if (name.trim() !== "") return { definition: { kind: "dynamic", name } };
  return {
    faults: [{ what: "Dynamic partitions have no name", whatToDo: 'Write dynamicPartitions("customers").' }],
  };
}

/** The product of dimensions, or what is wrong with it. */
export function defineMultiPartitions(
  dimensions: Readonly<Record<string, PartitionsDefinition>>,
): Defined<MultiPartitions> {
  const entries = Object.entries(dimensions).sort(([a], [b]) => compareCodePoints(a, b));
  const faults: DefinitionFault[] = entries.flatMap(([name, partitions]) =>
    faultsOfDimension(name, partitions),
  );
  if (entries.length < 2) {
    const found = entries.length === 0 ? "no dimension" : `one dimension, "${entries[0]?.[0]}"`;
    faults.push({
      what: `Multi partitions have ${found}`,
      whatToDo:
        "Name two or more: multiPartitions({ day: dailyPartitions({ … }), city: staticPartitions([…]) }).",
    });
  }
  if (faults.length > 0) return { faults };
  const complete = entries.map(([name, partitions]): PartitionsDimension => {
    return { name, partitions: partitions as SimplePartitions };
  });
  return { definition: { kind: "multi", dimensions: complete } };
}

/** What is wrong with a key that somebody chose, null when it may be used. */
export function faultOfKey(key: string): DefinitionFault | null {
  if (key === "") return { what: "A partition key is empty", whatToDo: "Give it a name." };
  if (key.includes(rangeDelimiter)) {
    return {
      what: `The partition key "${key}" holds "${rangeDelimiter}", which is written between the ends of a range`,
      whatToDo: "Write another character.",
    };
  }
  if (/\p{Cc}/u.test(key)) {
    return {
      what: `The partition key ${JSON.stringify(key)} holds a control character`,
      whatToDo: "Write letters, digits, spaces or marks.",
    };
  }
  return null;
}

/** Characters that separate keys where several stand in one text. */
export function isPartOfKey(text: string): boolean {
  return !/[|[\],]/.test(text);
}

function faultsOfDimension(name: string, partitions: PartitionsDefinition): DefinitionFault[] {
  if (name.trim() === "") {
    return [{ what: "A dimension of multi partitions has no name", whatToDo: "Give it one." }];
  }
  if (partitions.kind === "multi") {
    return [
      {
        what: `The dimension "${name}" has dimensions itself`,
        whatToDo: "Name all of them in one multiPartitions({ … }).",
      },
    ];
  }
  const texts =
    partitions.kind === "static"
      ? partitions.keys
      : isTimePartitions(partitions)
        ? [partitions.keyFormat]
        : [];
  return texts
    .filter(it => !isPartOfKey(it))
    .map(it => ({
      what: `"${it}" of the dimension "${name}" holds one of the characters ${keyDelimiter} [ ] and comma, which separate keys`,
      whatToDo: "Write another character.",
    }));
}

function compareCodePoints(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  const at = left.findIndex((character, i) => character !== right[i]);
  if (at < 0) return left.length - right.length;
  return (left[at]?.codePointAt(0) ?? -1) - (right[at]?.codePointAt(0) ?? -1);
}
