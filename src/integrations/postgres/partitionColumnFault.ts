import type { DefinitionFault } from "../../model/definitionFault.ts";
import type { PartitionsDefinition } from "../../model/partitionsDefinition.ts";
import { didYouMean } from "../../model/suggest.ts";
import type { Columns } from "../../sdk/columns.ts";
import { type PartitionColumn, stampColumn } from "./sliceLayout.ts";

/** What is wrong with the columns that are to tell the partition of a row, null when nothing is. */
export function partitionColumnFault(
  partitionColumn: PartitionColumn | undefined,
  partitions: PartitionsDefinition | null,
  columns: Columns | null,
): DefinitionFault | null {
  if (partitionColumn === undefined) return null;
  const named = typeof partitionColumn === "string" ? [partitionColumn] : Object.values(partitionColumn);
  if (partitions === null) {
    return {
      what: `The partition column "${named[0]}" is named, but the asset has no partitions`,
      whatToDo: 'Give it partitions: dailyPartitions({ start: "2026-01-01" }), or remove "partitionColumn".',
    };
  }
  const unknown = columns && named.find(name => name !== stampColumn && !Object.hasOwn(columns, name));
  if (columns && unknown) {
    return {
      what: `The partition column "${unknown}" is not among the declared columns`,
      whatToDo: `Declare it, or name another one.${didYouMean(unknown, Object.keys(columns))}`,
    };
  }
  return partitionColumn === stampColumn ? null : faultOfDimensions(partitionColumn, partitions);
}

function faultOfDimensions(
  partitionColumn: PartitionColumn,
  partitions: PartitionsDefinition,
): DefinitionFault | null {
  if (partitions.kind !== "multi") {
    if (typeof partitionColumn === "string") return null;
    return {
      what: "The partitions have one dimension, but partitionColumn names columns of several",
      whatToDo: 'Name one column: postgresTable({ partitionColumn: "…" }).',
    };
  }
  const names = partitions.dimensions.map(({ name }) => name);
  const named = typeof partitionColumn === "string" ? [] : Object.keys(partitionColumn);
  if (named.length === names.length && names.every(name => named.includes(name))) return null;
  const columns = names.map(name => `${JSON.stringify(name)}: "…"`).join(", ");
  return {
    what: `The partitions have the dimensions ${names.join(", ")}, and partitionColumn has to name one column for each`,
    whatToDo: `Write postgresTable({ partitionColumn: { ${columns} } }).`,
  };
}
