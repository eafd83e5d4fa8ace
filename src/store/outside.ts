import type { AssetKey } from "../model/assetKey.ts";
import type { RunError } from "../model/run.ts";
import { queryPrepared, type Sql } from "./database.ts";
import { Fenced, type RecordedCheck, recordChecks } from "./publish.ts";
import { settledNow, versionsOnConflict } from "./versions.ts";

/** What somebody else has committed already, outside of our transactions: dbt, for one. */
export interface OutsideMaterialization {
  readonly stepId: string;
  readonly attempt: number;
  readonly asset: AssetKey;
  /** The partitions that were made, with their positions; null for an asset without partitions. */
  readonly partitions: readonly { readonly key: string; readonly position: number }[] | null;
  readonly rows: number | null;
  readonly durationMs: number;
  readonly codeVersion: string | null;
  readonly inputs: readonly AssetKey[];
  /** Changes up to this one were there to be read; null: nothing is upstream. */
  readonly watermark: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/**
 * Records what was made outside, as soon as that was committed there. The step goes on: its tests may follow.
 * One statement, with the fence in it: rejects with `Fenced` when this attempt does not own the step any more.
 */
export async function recordOutside(sql: Sql, it: OutsideMaterialization): Promise<void> {
  const partitions = it.partitions ?? [{ key: "", position: null }];
  const { rowCount } = await queryPrepared(
    sql,
    "record_outside",
    `with owned as (
       update millrace.step set rows = $4 where id = $1 and attempt = $2 and status = 'running'
       returning id, run_id, definition
     ), history as (
       insert into millrace.materialization (environment, asset, partitions, partition_count, run_id, step_id,
                                             at, rows, duration_ms, code_version, metadata)
       select environment, $3, $5, cardinality($6::text[]), run.id, owned.id, clock_timestamp(), $4, $8, $9, $10
       from owned join millrace.run on run.id = owned.run_id
       returning id, environment, at, run_id
     )
     insert into millrace.asset_partition as present
       (environment, asset, partition, position, definition, materialization_id, run_id, at, rows, duration_ms,
        code_version, watermark, settled, inputs, data_version)
     select history.environment, $3, key, position, owned.definition, history.id, history.run_id, history.at,
            case when cardinality($6::text[]) = 1 then $4::bigint end, $8, $9,
            $11, case when $11::bigint is not null then ${settledNow} end, $12::text[], '#' || history.id
     from owned, history, unnest($6::text[], $7::int[]) as slice(key, position)
     on conflict (environment, asset, partition) do update set
       position = excluded.position, definition = excluded.definition, failed_step = null,
       materialization_id = excluded.materialization_id, run_id = excluded.run_id, at = excluded.at,
       rows = excluded.rows, duration_ms = excluded.duration_ms, code_version = excluded.code_version,
       ${versionsOnConflict}`,
    [
      it.stepId,
      it.attempt,
      it.asset,
      it.rows,
      it.partitions && endsOf(partitions.map(partition => partition.key)),
      partitions.map(partition => partition.key),
      partitions.map(partition => partition.position),
      it.durationMs,
      it.codeVersion,
      JSON.stringify(it.metadata),
      it.watermark,
      it.inputs,
    ],
  );
  if (rowCount === 0) {
    throw new Fenced(`Step ${it.stepId} was taken over from attempt ${it.attempt}; it is not recorded here.`);
  }
}

/** Ends a step whose data was recorded before, with what its tests said. */
export async function endOutside(
  sql: Sql,
  step: { readonly id: string; readonly attempt: number; readonly runId: string; readonly asset: AssetKey },
  end: {
    readonly status: "succeeded" | "failed";
    readonly error: RunError | null;
    readonly keys: readonly string[] | null;
    readonly checks: readonly RecordedCheck[];
  },
): Promise<void> {
  const { runId, asset } = step;
  if (end.checks.length > 0) {
    await recordChecks(sql, { runId, asset, slice: end.keys && { keys: end.keys }, checks: end.checks });
  }
  await sql.query(
    `update millrace.step set status = $3, error = $4, ended_at = clock_timestamp()
     where id = $1 and attempt = $2 and status = 'running'`,
    [step.id, step.attempt, end.status, end.error && JSON.stringify(end.error)],
  );
}

/** What a step has published did not pass its tests afterwards: the step fails, and its data stays recorded. */
export async function failPublished(
  sql: Sql,
  step: { readonly id: string; readonly attempt: number },
  error: RunError,
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `update millrace.step set status = 'failed', error = $3, ended_at = clock_timestamp()
     where id = $1 and attempt = $2 and status = 'succeeded'
       and exists (select from millrace.run where run.id = run_id and status in ('running', 'canceling'))`,
    [step.id, step.attempt, JSON.stringify(error)],
  );
  return rowCount === 1;
}

/** Leaves a mark at those partitions of a failed step that are the bad ones. */
export async function markFailedPartitions(
  sql: Sql,
  stepId: string,
  partitions: readonly { readonly key: string; readonly position: number }[],
): Promise<void> {
  await sql.query(
    `insert into millrace.asset_partition as present (environment, asset, partition, position, definition, failed_step)
     select environment, asset, key, place, definition, step.id
     from millrace.step join millrace.run on run.id = run_id, unnest($2::text[], $3::int[]) as slice(key, place)
     where step.id = $1 and step.status = 'failed'
     on conflict (environment, asset, partition) do update set
       failed_step = excluded.failed_step, position = excluded.position, definition = excluded.definition`,
    [stepId, partitions.map(it => it.key), partitions.map(it => it.position)],
  );
}

/** The changes upstream that came while an invocation went on: whether any is newer than `since`, up to `until`. */
export async function changedBetween(
  sql: Sql,
  environment: string,
  assets: readonly AssetKey[],
  since: string,
  until: string,
): Promise<boolean> {
  if (assets.length === 0 || since === until) return false;
  const { rows } = await sql.query<{ changed: boolean }>(
    `select exists (select from millrace.asset_partition
                    where environment = $1 and asset = any($2) and changed_sequence > $3 and changed_sequence <= $4) as changed`,
    [environment, assets, since, until],
  );
  return rows[0]?.changed ?? false;
}

/** A step that waited inside of an invocation begins only when its node does. */
export async function restartClock(sql: Sql, stepId: string, attempt: number): Promise<void> {
  await sql.query(
    "update millrace.step set started_at = clock_timestamp() where id = $1 and attempt = $2 and status = 'running'",
    [stepId, attempt],
  );
}

function endsOf(keys: readonly string[]): string[] {
  return keys.length <= 1 ? [...keys] : [keys[0] as string, keys.at(-1) as string];
}
