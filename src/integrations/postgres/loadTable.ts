import type { InputContext } from "../../sdk/ioManager.ts";
import type { Row } from "../../sdk/row.ts";
import { selectRows, streamRows } from "./readRows.ts";
import type { Relation } from "./relation.ts";
import { inputLayout, selectTable } from "./selectTable.ts";
import type { PartitionColumn } from "./sliceLayout.ts";

/**
 * The rows of a table, or of the partitions that are asked for, as an array or one after the other.
 * Rows of several partitions have their key in `_partition` when no column of their own tells it.
 */
export async function loadTable(
  relation: Relation,
  input: InputContext,
  partitionColumn: PartitionColumn | undefined,
): Promise<Row[] | AsyncIterable<Row>> {
  const { database, stream, signal } = input;
  const layout = inputLayout(input, partitionColumn);
  if (layout?.slice.keys.length === 0) return stream ? noStream() : [];
  const values: unknown[] = [];
  if (!stream) {
    return database.connect(async sql =>
      selectRows(sql, await selectTable(sql, relation, input, layout, { values }), values),
    );
  }
  // A table that is not there is said now, not in the middle of the user's code.
  const text = await database.connect(sql => selectTable(sql, relation, input, layout, { values }));
  return streamRows(database, { text, values }, signal);
}

/** Before an asset was ever made there is no table, and of no partition there is no row. */
async function* noStream(): AsyncGenerator<Row> {}
