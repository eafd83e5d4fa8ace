import { type Asset, completeAsset, withChecks } from "./asset.ts";
import type { CommonOptions, OpenedResources } from "./assetOptions.ts";
import type { SqlCheck } from "./check.ts";
import type { SqlForm } from "./checkForms.ts";
import type { Columns, RowOf } from "./columns.ts";
import type { AssetContext } from "./context.ts";
import { captureDefinition } from "./definitionError.ts";
import type { Input, LoadedInputs } from "./input.ts";
import type { ResourceDefinition } from "./resource.ts";
import type { Row } from "./row.ts";
import type { SqlQuery, SqlRelation } from "./sql.ts";

/** What may be said of an asset that is made by SQL; only `sql` must be. */
export interface SqlAssetOptions<
  Inputs extends Readonly<Record<string, Input>>,
  Resources extends Readonly<Record<string, ResourceDefinition>>,
  Declared extends Columns | undefined,
  QueryRow,
> extends CommonOptions<Inputs, Resources, Declared> {
  /** Tests of its data, in SQL: `notNull("city")`, `{ name, sql }`. Others would have to read the rows. */
  readonly checks?: readonly (SqlCheck | SqlForm)[];
  /**
   * Answers a select, whose rows become the asset's. Receives the inputs by name, each as a relation that has only
   * the partitions that are needed, and the context: `({ readings }, { partition }) => sql\`select … from ${readings}\``.
   */
  readonly sql: (
    inputs: SqlRelations<Inputs, Declared>,
    context: AssetContext<OpenedResources<Resources>>,
  ) => SqlQuery<QueryRow> | Promise<SqlQuery<QueryRow>>;
}

/** What the function receives for each of the inputs. */
export type SqlRelations<Inputs, Declared extends Columns | undefined> = {
  readonly [Name in keyof Inputs]: SqlRelation<RelationRow<LoadedInputs<Inputs, Declared>[Name]>>;
};

type RelationRow<Loaded> = Loaded extends readonly (infer Each)[] | AsyncIterable<infer Each> ? Each : Row;

/**
 * Declares an asset whose work stays in the database: `insert into … select …`, in the transaction that publishes
 * it, for a slice as for a whole table. No row is read into this process.
 *
 * Its inputs have to be in the same database: assets that are tables, sources. Columns and their types follow from
 * the select unless they are declared; without a `partitionColumn` a run over several partitions selects `_partition`.
 *
 * @example
 * export const dailyExtremes = sqlAsset("weather/daily_extremes", {
 *   inputs: { dailyReadings },
 *   partitions: daily,
 *   checks: [{ name: "ordered", sql: "coldest <= warmest", blocking: true }],
 *   sql: ({ dailyReadings }) => sql`
 *     select city, min(celsius) as coldest, max(celsius) as warmest from ${dailyReadings} group by city`,
 * });
 */
export function sqlAsset<
  QueryRow extends object = Row,
  const Inputs extends Readonly<Record<string, Input>> = Record<never, Input>,
  const Resources extends Readonly<Record<string, ResourceDefinition>> = Record<never, ResourceDefinition>,
  const Declared extends Columns | undefined = undefined,
>(
  key: string,
  options: SqlAssetOptions<Inputs, Resources, Declared, QueryRow>,
): Asset<(Declared extends Columns ? RowOf<Declared> : QueryRow)[]> {
  return withChecks(completeAsset(key, options, { definedAt: captureDefinition(sqlAsset), isQuery: true }));
}
