import type { AssetKey } from "../model/assetKey.ts";
import type { Database } from "./database.ts";
import { type NamedSlice, OwnedByRun, requireFreeSlice } from "./sliceOwner.ts";
import { settledNow, stampVersions, versionsOnConflict } from "./versions.ts";

/** What dbt made when somebody called it by hand. */
export interface ForeignMaterialization {
  readonly environment: string;
  readonly asset: AssetKey;
  /** Contiguous partitions; null: an asset without any; "unknown": nobody knows which, so no partition changes. */
  readonly slice: NamedSlice | "unknown";
  readonly invocationId: string;
  /** When its invocation began and ended, epoch milliseconds. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly rows: number | null;
  readonly durationMs: number;
  /** Null: nobody knows by which code. */
  readonly codeVersion: string | null;
  readonly inputs: readonly AssetKey[];
  /** Those of the inputs that the same invocation did not make before. */
  readonly outside: readonly AssetKey[];
}

/**
 * Records it as a materialization without a run, once; what is newer stays. False when there was nothing to record,
 * or a run of ours is writing the same table.
 */
export async function recordForeign(database: Database, it: ForeignMaterialization): Promise<boolean> {
  if (it.slice === "unknown") return recordUnknown(database, it);
  const { slice } = it;
  const partitions = slice?.partitions ?? [{ key: "", position: null }];
  const watermark = it.inputs.length > 0 ? await stampVersions(database) : null;
  try {
    return await database.transaction(async sql => {
      await requireFreeSlice(sql, it.environment, it.asset, slice);
      const { rowCount } = await sql.query(
        `with slice as (
           -- What was made later is newer than what this invocation left there.
           select key, position from unnest($12::text[], $13::int[]) as slice(key, position)
           where not exists (select from millrace.asset_partition where environment = $1 and asset = $2
                               and partition = key and at >= to_timestamp($4 / 1000.0))
         ), history as (
           insert into millrace.materialization
             (environment, asset, partitions, partition_count, at, rows, duration_ms, code_version, metadata)
           select $1, $2, $15::text[], count(*), to_timestamp($4 / 1000.0), $5, $6, $7,
                  jsonb_build_object('dbt', jsonb_build_object('invocationId', $3::text, 'calledByHand', true))
           from slice
           having count(*) > 0
             and not exists (select from millrace.materialization where environment = $1 and asset = $2
                               and metadata->'dbt'->>'invocationId' = $3 and partitions is not distinct from $15::text[])
           returning id, at
         ), seen as (
           -- What came from elsewhere after dbt had begun, nobody knows whether it was read.
           select case when exists (select from millrace.asset_partition where environment = $1 and asset = any($9)
                                      and at >= to_timestamp($10 / 1000.0))
             then (select coalesce(max(changed_sequence), 0) from millrace.asset_partition
                   where at < to_timestamp($10 / 1000.0))
             else $11::bigint end as watermark
         )
         insert into millrace.asset_partition as present
           (environment, asset, partition, position, definition, materialization_id, at, rows, duration_ms,
            code_version, watermark, settled, inputs, data_version)
         select $1, $2, key, position, $14, history.id, history.at,
                case when cardinality($12::text[]) = 1 then $5::bigint end, $6, $7,
                seen.watermark, case when seen.watermark is not null then ${settledNow} end, $8::text[], '#' || history.id
         from slice, history, seen
         on conflict (environment, asset, partition) do update set
           position = excluded.position, definition = excluded.definition,
           failed_step = null, materialization_id = excluded.materialization_id, run_id = null, at = excluded.at,
           rows = excluded.rows, duration_ms = excluded.duration_ms, code_version = excluded.code_version,
           ${versionsOnConflict}`,
        [
          it.environment,
          it.asset,
          it.invocationId,
          it.endedAt,
          it.rows,
          it.durationMs,
          it.codeVersion,
          it.inputs,
          it.outside,
          it.startedAt,
          watermark,
          partitions.map(it => it.key),
          partitions.map(it => it.position),
          slice?.definition ?? null,
          slice && endsOf(partitions.map(it => it.key)),
        ],
      );
      return (rowCount ?? 0) > 0;
    });
  } catch (error) {
    if (error instanceof OwnedByRun) return false;
    throw error;
  }
}

/** Only the history tells of it: which partitions are others now, dbt's account does not say. */
async function recordUnknown(database: Database, it: ForeignMaterialization): Promise<boolean> {
  const { rowCount } = await database.query(
    `with known as (insert into millrace.asset (environment, key) values ($1, $2) on conflict do nothing)
     insert into millrace.materialization (environment, asset, partition_count, at, code_version, metadata)
     select $1, $2, 0, to_timestamp($4 / 1000.0), $5, jsonb_build_object('dbt', jsonb_build_object(
       'invocationId', $3::text, 'calledByHand', true, 'partitions', 'unknown'))
     where not exists (select from millrace.materialization where environment = $1 and asset = $2
                         and metadata->'dbt'->>'invocationId' = $3)`,
    [it.environment, it.asset, it.invocationId, it.endedAt, it.codeVersion],
  );
  return rowCount === 1;
}

function endsOf(keys: readonly string[]): string[] {
  return keys.length <= 1 ? [...keys] : [keys[0] as string, keys.at(-1) as string];
}
