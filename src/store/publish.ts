import type { AssetKey } from "../model/assetKey.ts";
import { type Database, queryPrepared, type Sql } from "./database.ts";
import { type Origin, settledNow, versionsOnConflict } from "./versions.ts";

/** What a materialization leaves in the state, besides the data. */
export interface Materialization {
  asset: AssetKey;
  /** Every key of the step's range, in order; null for an unpartitioned asset. */
  slice: { readonly keys: readonly string[] } | null;
  runId: string;
  stepId: string;
  attempt: number;
  rows: number | null;
  codeVersion: string | null;
  /** Absent: nothing is upstream, and each materialization is new data. */
  origin?: Origin;
  metadata: Record<string, unknown>;
  checks: readonly RecordedCheck[];
}

export interface RecordedCheck {
  name: string;
  passed: boolean;
  blocking: boolean;
  severity: "error" | "warning";
  failedRows: number | null;
  message: string | null;
}

/** This attempt no longer owns its step: the run was taken over or canceled. Nothing was published. */
export class Fenced extends Error {
  override name = "Fenced";
}

/**
 * The one short transaction in which data becomes visible: `write` replaces the data and answers what was
 * stored, the materialization and the partition's state are recorded, and the fence is the last statement.
 * Data and state cannot disagree, and a superseded attempt changes nothing.
 */
export async function publishStep(
  database: Database,
  write: (sql: Sql) => Promise<Materialization>,
): Promise<void> {
  await database.transaction(async sql => {
    const materialization = await write(sql);
    await recordMaterialization(sql, materialization);
    await passFence(sql, materialization);
  });
}

async function recordMaterialization(sql: Sql, it: Materialization): Promise<void> {
  const empty = Object.keys(it.metadata).length === 0;
  const keys = it.slice?.keys ?? [""];
  // Keys go as JSON: of an array PostgreSQL would look at the length each time, and plan anew each time.
  await queryPrepared(
    sql,
    "record_materialization",
    `with started as materialized (
       select run.environment, step.partitions, step.definition, lower(step.positions) as first_position,
              -- From here on one plan fits all, whether or not something is upstream.
              $8::bigint as watermark, clock_timestamp() as at,
              extract(epoch from clock_timestamp() - step.started_at) * 1000 as duration
       from millrace.step join millrace.run on run.id = step.run_id where step.id = $1
     ), history as (
       insert into millrace.materialization (environment, asset, partitions, partition_count, run_id, step_id,
                                             at, rows, duration_ms, code_version, metadata)
       select environment, $2, partitions, jsonb_array_length($7), $3, $1, at, $4, duration, $5, $6 from started
       returning id, at, duration_ms
     )
     insert into millrace.asset_partition as present
       (environment, asset, partition, position, definition, materialization_id, run_id, at, rows, duration_ms,
        code_version, watermark, settled, inputs, data_version)
     select started.environment, $2, key, first_position + place - 1, definition, history.id, $3, history.at,
            case when jsonb_array_length($7) = 1 then $4::bigint end, history.duration_ms, $5,
            watermark, case when watermark is not null then ${settledNow} end, $9::text[],
            -- One version may stand for all of them; without any, each materialization is another.
            coalesce(($10::text[])[least(place, cardinality($10::text[]))], '#' || history.id)
     from started, history, jsonb_array_elements_text($7::jsonb) with ordinality as slice(key, place)
     on conflict (environment, asset, partition) do update set
       position = excluded.position, definition = excluded.definition, failed_step = null,
       materialization_id = excluded.materialization_id, run_id = excluded.run_id, at = excluded.at,
       rows = excluded.rows, duration_ms = excluded.duration_ms, code_version = excluded.code_version,
       ${versionsOnConflict}`,
    [
      it.stepId,
      it.asset,
      it.runId,
      it.rows,
      it.codeVersion,
      empty ? null : JSON.stringify(it.metadata),
      JSON.stringify(keys),
      it.origin?.watermark ?? null,
      it.origin?.inputs ?? [],
      it.origin?.versions ?? null,
    ],
  );
  if (it.checks.length > 0) await recordChecks(sql, it);
}

/** Also used alone: the results of blocking checks that kept an attempt from publishing. */
export async function recordChecks(
  sql: Sql,
  it: Pick<Materialization, "asset" | "slice" | "runId" | "checks">,
): Promise<void> {
  await sql.query(
    `with given as (
       select run.id, run.environment, given.*
       from millrace.run,
            jsonb_to_recordset($4::jsonb)
              as given(name text, passed boolean, blocking boolean, severity text, failed_rows bigint, message text)
       where run.id = $1
     ), outdated as (
       -- What was said of all partitions together is no longer so when one of them is new.
       delete from millrace.check_result as whole using given
       where $3 <> '' and whole.environment = given.environment and whole.asset = $2 and whole.partition = ''
         and whole.name = given.name
     )
     insert into millrace.check_result as present
       (environment, asset, partition, name, passed, blocking, severity, failed_rows, message, run_id, at)
     select environment, $2, $3, name, passed, blocking, severity, failed_rows, message, id, clock_timestamp() from given
     on conflict (environment, asset, partition, name) do update set
       passed = excluded.passed, blocking = excluded.blocking, severity = excluded.severity,
       failed_rows = excluded.failed_rows, message = excluded.message, run_id = excluded.run_id, at = excluded.at`,
    [
      it.runId,
      it.asset,
      it.slice?.keys[0] ?? "",
      JSON.stringify(it.checks.map(({ failedRows, ...check }) => ({ ...check, failed_rows: failedRows }))),
    ],
  );
}

async function passFence(sql: Sql, it: Materialization): Promise<void> {
  const { rowCount } = await queryPrepared(
    sql,
    "pass_fence",
    `update millrace.step set status = 'succeeded', rows = $3, ended_at = clock_timestamp()
     where id = $1 and attempt = $2 and status = 'running'`,
    [it.stepId, it.attempt, it.rows],
  );
  if (rowCount !== 1) {
    throw new Fenced(`Step ${it.stepId} was taken over from attempt ${it.attempt}; nothing was published.`);
  }
}
