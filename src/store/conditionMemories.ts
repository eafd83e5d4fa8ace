import type { AssetKey } from "../model/assetKey.ts";
import type { ConditionMemory } from "../model/conditionMemory.ts";
import type { ExplanationForm } from "../model/conditionRecord.ts";
import { queryPrepared, type Sql } from "./database.ts";

/** The last look at all conditions of an environment. */
export interface ConditionLook {
  readonly number: number;
  /** Epoch milliseconds. */
  readonly evaluatedAt: number;
  /** What it could see: `conditionNews` tells what came after. */
  readonly snapshot: string;
}

/** What the condition of one asset remembers; the instant of the look is the same for all. */
export interface StoredMemory extends Pick<ConditionMemory, "requested" | "targets"> {
  /** How it last came to its answer, as it was recorded. */
  readonly explained: string;
}

export async function lastConditionLook(sql: Sql, environment: string): Promise<ConditionLook | null> {
  const { rows } = await sql.query<ConditionLook & Record<string, unknown>>(
    `select number::float8 as number, round(extract(epoch from evaluated_at) * 1000)::float8 as "evaluatedAt",
            snapshot::text as snapshot
     from millrace.condition_look where environment = $1`,
    [environment],
  );
  return rows[0] ?? null;
}

export async function conditionMemories(sql: Sql, environment: string): Promise<Map<AssetKey, StoredMemory>> {
  const { rows } = await sql.query<StoredMemory & { asset: AssetKey } & Record<string, unknown>>(
    "select asset, requested, targets, explained from millrace.condition_memory where environment = $1",
    [environment],
  );
  return new Map(rows.map(({ asset, ...memory }) => [asset, memory]));
}

/** Writes that a look was taken; false when another one was taken since `before` was read. */
export async function recordConditionLook(
  sql: Sql,
  environment: string,
  before: ConditionLook | null,
  { evaluatedAt, snapshot }: Omit<ConditionLook, "number">,
): Promise<boolean> {
  const { rowCount } = await queryPrepared(
    sql,
    "record_condition_look",
    `insert into millrace.condition_look as present (environment, number, evaluated_at, snapshot, materialized_at)
     values ($1, 1, to_timestamp($3 / 1000.0), $4::pg_snapshot, 1)
     on conflict (environment) do update
     set number = present.number + 1, evaluated_at = excluded.evaluated_at, snapshot = excluded.snapshot,
         materialized_at = present.number + 1
     where present.number = $2`,
    [environment, before?.number ?? null, evaluatedAt, snapshot],
  );
  return rowCount === 1;
}

/** Writes memories that have changed, and forgets those of conditions that are gone or off. */
export async function writeConditionMemories(
  sql: Sql,
  environment: string,
  changed: readonly ({ readonly asset: AssetKey } & StoredMemory)[],
  forgotten: readonly AssetKey[],
): Promise<void> {
  if (changed.length > 0) {
    await queryPrepared(
      sql,
      "write_condition_memories",
      `insert into millrace.condition_memory (environment, asset, requested, targets, explained)
       select $1, asset, requested, targets, explained
       from jsonb_to_recordset($2::jsonb) as it(asset text, requested jsonb, targets jsonb, explained text)
       on conflict (environment, asset) do update
       set requested = excluded.requested, targets = excluded.targets, explained = excluded.explained`,
      [environment, JSON.stringify(changed)],
    );
  }
  if (forgotten.length > 0) {
    await sql.query("delete from millrace.condition_memory where environment = $1 and asset = any($2)", [
      environment,
      forgotten,
    ]);
  }
}

/** Writes what explanations refer to, and drops what no tick refers to any more. */
export async function writeConditionForms(
  sql: Sql,
  environment: string,
  forms: readonly { readonly asset: AssetKey; readonly digest: string; readonly form: ExplanationForm }[],
): Promise<void> {
  if (forms.length === 0) return;
  await sql.query(
    `delete from millrace.condition_form as old
     where environment = $1 and asset = any($2) and not exists (
       select from millrace.tick where tick.environment = $1 and kind = 'condition' and automation = old.asset
         and details ->> 'form' = old.digest)`,
    [environment, forms.map(it => it.asset)],
  );
  await sql.query(
    `insert into millrace.condition_form (environment, asset, digest, form)
     select $1, asset, digest, form from jsonb_to_recordset($2::jsonb) as it(asset text, digest text, form jsonb)
     on conflict do nothing`,
    [environment, JSON.stringify(forms)],
  );
}

export async function conditionForms(
  sql: Sql,
  environment: string,
  asset: AssetKey,
): Promise<Map<string, ExplanationForm>> {
  const { rows } = await sql.query<{ digest: string; form: ExplanationForm }>(
    "select digest, form from millrace.condition_form where environment = $1 and asset = $2",
    [environment, asset],
  );
  return new Map(rows.map(it => [it.digest, it.form]));
}
