import type { AutomationName } from "../model/automationNode.ts";
import { queryPrepared, type Sql } from "./database.ts";

/** Of these keys of an automation, those that have had their run, each with it. */
export async function usedRunKeys(
  sql: Sql,
  environment: string,
  { kind, name }: AutomationName,
  keys: readonly string[],
): Promise<Map<string, string>> {
  const { rows } = await queryPrepared<{ key: string; run_id: string }>(
    sql,
    "used_run_keys",
    `select key, run_id from millrace.run_key
     where environment = $1 and kind = $2 and automation = $3 and key = any($4)`,
    [environment, kind, name, keys],
  );
  return new Map(rows.map(row => [row.key, row.run_id]));
}

/** Gives keys their runs, in the transaction that writes the runs; two that do it at once cannot both commit. */
export async function takeRunKeys(
  sql: Sql,
  environment: string,
  { kind, name }: AutomationName,
  keys: readonly { key: string; runId: string }[],
): Promise<void> {
  await queryPrepared(
    sql,
    "take_run_keys",
    `insert into millrace.run_key (environment, kind, automation, key, run_id)
     select $1, $2, $3, key, run_id from unnest($4::text[], $5::bigint[]) as it(key, run_id)`,
    [environment, kind, name, keys.map(it => it.key), keys.map(it => it.runId)],
  );
}
