import type { AssetKey } from "../model/assetKey.ts";
import { channel, type Database } from "./database.ts";
import { type NamedSlice, requireFreeSlice } from "./sliceOwner.ts";
import { settledNow, stampVersions, versionsOnConflict } from "./versions.ts";

/** What is changed by hand, and who asks for it. */
export interface Handwork {
  readonly environment: string;
  readonly asset: AssetKey;
  readonly slice: NamedSlice;
  readonly requestedBy: string;
}

/**
 * Says that what is there is as good as made by the present code from the present data upstream: a
 * materialization without a run. The data stays what it is, and so does its version; what is downstream is no
 * more stale than before. Rejects with `OwnedByRun` while a run writes it. Answers how many partitions it marked.
 */
export async function markMaterialized(
  database: Database,
  { environment, asset, slice, requestedBy }: Handwork,
  made: { readonly codeVersion: string | null; readonly inputs: readonly AssetKey[] },
): Promise<number> {
  const partitions = slice?.partitions ?? [{ key: "", position: null }];
  if (partitions.length === 0) return 0;
  const watermark = made.inputs.length > 0 ? await stampVersions(database) : null;
  return database.transaction(async sql => {
    await requireFreeSlice(sql, environment, asset, slice);
    const { rowCount } = await sql.query(
      `with history as (
         insert into millrace.materialization (environment, asset, partitions, partition_count, at, code_version, metadata)
         values ($1, $2, $3, $4, clock_timestamp(), $5, jsonb_build_object('markedBy', $6::text)) returning id, at
       )
       insert into millrace.asset_partition as present
         (environment, asset, partition, position, definition, materialization_id, at, code_version,
          watermark, settled, inputs, data_version)
       select $1, $2, key, position, $7, history.id, history.at, $5,
              $8, case when $8::bigint is not null then ${settledNow} end, $9::text[], '#' || history.id
       from history, unnest($10::text[], $11::int[]) as slice(key, position)
       on conflict (environment, asset, partition) do update set
         position = excluded.position, definition = excluded.definition, failed_step = null,
         materialization_id = excluded.materialization_id, run_id = null, at = excluded.at,
         code_version = excluded.code_version, watermark = excluded.watermark, settled = excluded.settled,
         inputs = excluded.inputs,
         data_version = coalesce(present.data_version, excluded.data_version)`,
      [
        environment,
        asset,
        slice && endsOf(partitions.map(it => it.key)),
        partitions.length,
        made.codeVersion,
        requestedBy,
        slice?.definition ?? null,
        watermark,
        made.inputs,
        partitions.map(it => it.key),
        partitions.map(it => it.position),
      ],
    );
    await sql.query("select pg_notify($1, 'handwork')", [channel]);
    return rowCount ?? 0;
  });
}

/**
 * Records what somebody reports of data that lives outside. Another data version makes stale what was made from
 * the one before; a report without one says only that something was there (semantics V3).
 */
export async function reportDataVersion(
  database: Database,
  report: {
    readonly environment: string;
    readonly asset: AssetKey;
    /** Null: the asset is reported as one whole. */
    readonly partition: string | null;
    readonly dataVersion: string | null;
    readonly requestedBy: string;
  },
): Promise<void> {
  const { environment, asset, partition, dataVersion, requestedBy } = report;
  await database.transaction(async sql => {
    await requireFreeSlice(sql, environment, asset, null);
    await sql.query(
      `with history as (
         insert into millrace.materialization (environment, asset, partitions, at, data_version, metadata)
         values ($1, $2, $3, clock_timestamp(), $5, jsonb_build_object('reportedBy', $6::text)) returning id, at
       )
       insert into millrace.asset_partition as present
         (environment, asset, partition, materialization_id, at, data_version, changed_sequence)
       select $1, $2, $4, id, at,
              coalesce($5, (select data_version from millrace.asset_partition
                            where environment = $1 and asset = $2 and partition = $4)),
              -- What never had a version is no newer than what was made without knowing of it.
              case when $5::text is null then 0 end
       from history
       on conflict (environment, asset, partition) do update set
         materialization_id = excluded.materialization_id, at = excluded.at, ${versionsOnConflict}`,
      [
        environment,
        asset,
        partition === null ? null : [partition],
        partition ?? "",
        dataVersion,
        requestedBy,
      ],
    );
    await sql.query("select pg_notify($1, 'handwork')", [channel]);
  });
}

/**
 * Forgets that an asset, or some of its partitions, were ever materialized, with the results of their checks: they
 * are missing then. What stays: the rows of its table, which the next materialization replaces, and the history.
 * Rejects with `OwnedByRun` while a run writes them. Answers how many were forgotten.
 */
export async function wipe(
  database: Database,
  { environment, asset, slice }: Omit<Handwork, "requestedBy">,
): Promise<number> {
  return database.transaction(async sql => {
    await requireFreeSlice(sql, environment, asset, slice);
    const { rows } = await sql.query<{ wiped: number }>(
      `with forgotten as (
         delete from millrace.asset_partition
         where environment = $1 and asset = $2 and ($3::text[] is null or partition = any($3))
         returning materialization_id
       ), noted as (
         update millrace.asset set wiped_by = pg_current_xact_id() where environment = $1 and key = $2
       ), unchecked as (
         delete from millrace.check_result
         where environment = $1 and asset = $2 and ($3::text[] is null or partition = any($3))
       )
       select count(materialization_id)::int as wiped from forgotten`,
      [environment, asset, slice?.partitions.map(it => it.key) ?? null],
    );
    await sql.query("select pg_notify($1, 'handwork')", [channel]);
    return rows[0]?.wiped ?? 0;
  });
}

function endsOf(keys: readonly string[]): string[] {
  return keys.length <= 1 ? [...keys] : [keys[0] as string, keys.at(-1) as string];
}
