import { queryPrepared, type Sql } from "./database.ts";

/** What a sensor has dealt with, each with what tells whether it is the same still. */
export async function seenBy(
  sql: Sql,
  environment: string,
  automation: string,
): Promise<Map<string, string>> {
  const { rows } = await sql.query<{ key: string; value: string }>(
    "select key, value from millrace.automation_seen where environment = $1 and automation = $2",
    [environment, automation],
  );
  return new Map(rows.map(row => [row.key, row.value]));
}

/** Notes what is dealt with now, in the transaction of the tick, and forgets what there is no more. */
export async function noteSeen(
  sql: Sql,
  environment: string,
  automation: string,
  seen: ReadonlyMap<string, string>,
  gone: readonly string[] = [],
): Promise<void> {
  if (gone.length > 0) {
    await sql.query(
      "delete from millrace.automation_seen where environment = $1 and automation = $2 and key = any($3)",
      [environment, automation, gone],
    );
  }
  if (seen.size === 0) return;
  await queryPrepared(
    sql,
    "note_seen",
    `insert into millrace.automation_seen (environment, automation, key, value)
     select $1, $2, key, value from unnest($3::text[], $4::text[]) as it(key, value)
     on conflict (environment, automation, key) do update set value = excluded.value, at = excluded.at`,
    [environment, automation, [...seen.keys()], [...seen.values()]],
  );
}
