import type { WebhookCall } from "../model/sensorTick.ts";
import { channel, type Sql } from "./database.ts";

/** Writes a call down, so that it may be answered; false when one with this key was written before. */
export async function receiveCall(
  sql: Sql,
  environment: string,
  automation: string,
  call: { body: string; contentType: string | null; idempotencyKey: string | null },
): Promise<boolean> {
  const { rows } = await sql.query<{ received: boolean }>(
    `with taken as (
       insert into millrace.webhook_key (environment, automation, key)
       select $1, $2, $5::text where $5::text is not null on conflict do nothing returning key
     ), received as (
       insert into millrace.webhook_call (environment, automation, body, content_type, idempotency_key)
       select $1, $2, $3, $4, $5::text where $5::text is null or exists (select from taken) returning id
     )
     select exists (select from received) as received, pg_notify($6, 'automation webhook ' || $2::text)`,
    [environment, automation, call.body, call.contentType, call.idempotencyKey, channel],
  );
  return rows[0]?.received ?? false;
}

/** The calls that a sensor was not handed yet, oldest first. */
export async function waitingCalls(
  sql: Sql,
  environment: string,
  automation: string,
  limit: number,
): Promise<WebhookCall[]> {
  const { rows } = await sql.query<WebhookCall & Record<string, unknown>>(
    `select id::text, body, content_type as "contentType",
            to_char(received_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "receivedAt"
     from millrace.webhook_call where environment = $1 and automation = $2 order by id limit $3`,
    [environment, automation, limit],
  );
  return rows;
}

/** How many calls wait: a caller is sent away when they are too many. */
export async function countWaitingCalls(sql: Sql, environment: string, automation: string): Promise<number> {
  const { rows } = await sql.query<{ calls: number }>(
    "select count(*)::int as calls from millrace.webhook_call where environment = $1 and automation = $2",
    [environment, automation],
  );
  return rows[0]?.calls ?? 0;
}

/** In the transaction of the tick that they were handed over at. */
export async function removeCalls(sql: Sql, ids: readonly string[]): Promise<void> {
  await sql.query("delete from millrace.webhook_call where id = any($1::bigint[])", [ids]);
}
