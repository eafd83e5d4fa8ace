import type { AssetKey } from "../model/assetKey.ts";
import { type IndexRange, type PartitionSet, sameSet, setOfRanges } from "../model/partitionSet.ts";
import { queryPrepared, type Sql } from "./database.ts";

/** What of an asset was materialized at a look at conditions, by the positions of a definition. */
export interface KnownMaterialized {
  /** The id of the definition; null: the asset has no partitions. */
  readonly definition: string | null;
  readonly partitions: PartitionSet;
}

/** What was written of the last look; nothing when another version of Millrace took that one. */
export async function materializedAtLook(
  sql: Sql,
  environment: string,
): Promise<Map<AssetKey, KnownMaterialized>> {
  const { rows } = await sql.query<{ asset: AssetKey; definition: string | null; positions: number[] }>(
    `select asset, definition, positions
     from millrace.condition_materialized join millrace.condition_look as look using (environment)
     where environment = $1 and look.materialized_at = look.number
       -- A copy of the state on another server counts its transactions anew.
       and pg_snapshot_xmax(look.snapshot) <= pg_snapshot_xmax(pg_current_snapshot())`,
    [environment],
  );
  return new Map(
    rows.map(({ asset, definition, positions }) => [asset, { definition, partitions: setOf(positions) }]),
  );
}

/** Writes what is another thing than at the look before; `before` is what was read of that one, or written. */
export async function writeMaterializedAtLook(
  sql: Sql,
  environment: string,
  before: ReadonlyMap<AssetKey, KnownMaterialized>,
  after: ReadonlyMap<AssetKey, KnownMaterialized>,
): Promise<void> {
  const forgotten = [...before].flatMap(([key, it]) =>
    isShort(it) && !isShort(after.get(key)) ? [key] : [],
  );
  if (before.size === 0 || forgotten.length > 0) {
    await sql.query(
      `delete from millrace.condition_materialized
       where environment = $1 and ($2::text[] is null or asset = any($2))`,
      [environment, before.size === 0 ? null : forgotten],
    );
  }
  const changed = [...after].filter(([key, it]) => isShort(it) && !isSame(it, before.get(key)));
  if (changed.length === 0) return;
  await queryPrepared(
    sql,
    "write_condition_materialized",
    `insert into millrace.condition_materialized (environment, asset, definition, positions)
     select $1, asset, definition, positions
     from jsonb_to_recordset($2::jsonb) as it(asset text, definition text, positions jsonb)
     on conflict (environment, asset) do update
     set definition = excluded.definition, positions = excluded.positions`,
    [
      environment,
      JSON.stringify(
        changed.map(([asset, { definition, partitions }]) => {
          return { asset, definition, positions: partitions.ranges.flatMap(({ from, to }) => [from, to]) };
        }),
      ),
    ],
  );
}

/** What is in more pieces is written anew with every piece: rather it is read from the partitions themselves. */
function isShort(it: KnownMaterialized | undefined): boolean {
  return it !== undefined && it.partitions.ranges.length <= mostRanges;
}

const mostRanges = 500;

function isSame(a: KnownMaterialized, b: KnownMaterialized | undefined): boolean {
  if (b === undefined || a.definition !== b.definition) return false;
  return a.partitions === b.partitions || sameSet(a.partitions, b.partitions);
}

function setOf(positions: readonly number[]): PartitionSet {
  const ranges: IndexRange[] = [];
  for (let at = 0; at + 1 < positions.length; at += 2) {
    ranges.push({ from: positions[at] as number, to: positions[at + 1] as number });
  }
  return setOfRanges(ranges);
}
