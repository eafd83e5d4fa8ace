import { channel, type Sql } from "./database.ts";

/** The keys of dynamic partitions by their names, in the order in which they were added; a name without keys has none. */
export async function dynamicKeys(
  sql: Sql,
  environment: string,
  names: readonly string[],
): Promise<Record<string, readonly string[]>> {
  const { rows } = await sql.query<{ name: string; keys: string[] }>(
    `select name, array_agg(key order by position) as keys
     from millrace.dynamic_partition where environment = $1 and name = any($2) group by name`,
    [environment, names],
  );
  const found = new Map(rows.map(({ name, keys }) => [name, keys]));
  return Object.fromEntries(names.map(name => [name, found.get(name) ?? []]));
}

/** Every name under which there are keys. */
export async function dynamicPartitionNames(sql: Sql, environment: string): Promise<string[]> {
  const { rows } = await sql.query<{ name: string }>(
    "select distinct name from millrace.dynamic_partition where environment = $1 order by name",
    [environment],
  );
  return rows.map(it => it.name);
}

/** Adds keys behind those that are there, in this order; answers which of them are new. */
export async function addDynamicKeys(
  sql: Sql,
  environment: string,
  name: string,
  keys: readonly string[],
): Promise<string[]> {
  // Who adds at the same time waits, so that a key that can be seen never gets another one before it.
  const { rows } = await sql.query<{ key: string }>(
    `with turn as materialized (select pg_advisory_xact_lock(hashtextextended($4, 0))),
     given as (
       select key, min(place) as place
       from turn, unnest($3::text[]) with ordinality as given(key, place) group by key
     ), added as (
       insert into millrace.dynamic_partition (environment, name, key)
       select $1, $2, key from given order by place
       on conflict do nothing
       returning key, position
     ), announced as (
       select pg_notify($5, 'partitions') from (select from added limit 1) as any_of_them
     )
     select key, (select count(*) from announced) from added order by position`,
    [environment, name, keys, turnOf(environment, name), channel],
  );
  return rows.map(({ key }) => key);
}

/** Removes keys; what was materialized of them stays. Answers which of them were there. */
export async function removeDynamicKeys(
  sql: Sql,
  environment: string,
  name: string,
  keys: readonly string[],
): Promise<string[]> {
  const { rows } = await sql.query<{ key: string }>(
    `with turn as materialized (select pg_advisory_xact_lock(hashtextextended($4, 0))),
     removed as (
       delete from millrace.dynamic_partition using turn
       where environment = $1 and name = $2 and key = any($3)
       returning key, position
     ), announced as (
       select pg_notify($5, 'partitions') from (select from removed limit 1) as any_of_them
     )
     select key, (select count(*) from announced) from removed order by position`,
    [environment, name, keys, turnOf(environment, name), channel],
  );
  return rows.map(({ key }) => key);
}

/** Changes the keys in the environment of a run, whose step asks for it. */
export async function changeDynamicKeys(
  sql: Sql,
  runId: string,
  name: string,
  { add = [], remove = [] }: { readonly add?: readonly string[]; readonly remove?: readonly string[] },
): Promise<void> {
  const { rows } = await sql.query<{ environment: string }>(
    "select environment from millrace.run where id = $1",
    [runId],
  );
  const environment = rows[0]?.environment;
  if (environment === undefined) throw new Error(`There is no run ${runId}, whose partitions could change.`);
  if (remove.length > 0) await removeDynamicKeys(sql, environment, name, remove);
  if (add.length > 0) await addDynamicKeys(sql, environment, name, add);
}

function turnOf(environment: string, name: string): string {
  return `millrace partitions ${JSON.stringify([environment, name])}`;
}
