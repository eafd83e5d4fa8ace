import type { AssetKey } from "../model/assetKey.ts";
import { isBoundQuery } from "../sdk/boundQuery.ts";
import type { InputContext, IoManager } from "../sdk/ioManager.ts";
import type { OnSchemaChange } from "./postgres/drift.ts";
import { loadTable } from "./postgres/loadTable.ts";
import { partitionColumnFault } from "./postgres/partitionColumnFault.ts";
import { relationOf } from "./postgres/relation.ts";
import { inputLayout, selectTable } from "./postgres/selectTable.ts";
import { type PartitionColumn, sliceLayout } from "./postgres/sliceLayout.ts";
import { stageQuery } from "./postgres/stageQuery.ts";
import { stageTable } from "./postgres/stageTable.ts";

export interface PostgresTableOptions {
  /** Instead of the schema that the key or the configuration names. */
  readonly schema?: string;
  /** Instead of the last component of the key. */
  readonly table?: string;
  /** Allows to replace the rows of a table that Millrace did not create. */
  readonly adopt?: boolean;
  /**
   * What to do when the rows have other columns than the table: "fail", the default, changes nothing and says
   * how they differ; "append" adds new columns; "sync" also drops columns and changes their types.
   */
  readonly onSchemaChange?: OnSchemaChange;
  /**
   * Of an asset with partitions: the column that tells to which a row belongs. For windows of time it holds a
   * time, else the key; of several dimensions each has a column: `{ day: "observed_at", city: "city" }`.
   * Without it the table gets a column `_partition`; a run over several partitions then has to return it.
   */
  readonly partitionColumn?: PartitionColumn;
}

/**
 * Stores rows as a table of the state database, in the same transaction that records the materialization.
 *
 * @example
 * export const readings = asset("weather/readings", {
 *   io: postgresTable({ onSchemaChange: "append" }),
 *   materialize: () => fetchReadings(),
 * });
 */
export function postgresTable(options: PostgresTableOptions = {}): IoManager {
  const { adopt = false, onSchemaChange = "fail", partitionColumn } = options;
  const relation = (asset: AssetKey, assetSchema: string) => relationOf(asset, assetSchema, options);

  return {
    guarantee: "transactional",
    relation,
    fault: (partitions, columns) => partitionColumnFault(partitionColumn, partitions, columns),
    stage: (output, value) => {
      const { asset, assetSchema, slice } = output;
      if (slice === null && partitionColumn !== undefined) {
        throw new Error(
          `${asset} has no partitions, but its table names a column that tells the partition of a row. ` +
            'Nothing was changed. Give it partitions, or remove "partitionColumn".',
        );
      }
      const layout = slice && sliceLayout(asset, slice, partitionColumn);
      const target = { asset, relation: relation(asset, assetSchema), adopt, onSchemaChange, layout };
      return isBoundQuery(value) ? stageQuery(target, output, value) : stageTable(target, output, value);
    },
    load: input => loadTable(relationOfInput(input), input, partitionColumn),
    select: (input, values) =>
      input.database.connect(sql => {
        const layout = inputLayout(input, partitionColumn);
        return selectTable(sql, relationOfInput(input), input, layout, { values, isForSql: true });
      }),
  };

  function relationOfInput({ asset, assetSchema, relation: known }: InputContext) {
    return known ?? relation(asset, assetSchema);
  }
}
