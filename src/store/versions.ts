import { createHash } from "node:crypto";
import type { AssetKey } from "../model/assetKey.ts";
import { queryPrepared, type Sql } from "./database.ts";

/** What a materialization is made from: noted before anything of it is loaded. */
export interface Origin {
  /** The assets upstream. */
  readonly inputs: readonly AssetKey[];
  /** Changes up to this one were there to be loaded; null: nothing is upstream. */
  readonly watermark: string | null;
  /** A data version for each partition that is made, or one for all; null: each materialization is new data. */
  readonly versions: readonly string[] | null;
}

/**
 * Numbers what was committed before this call. What is loaded after it holds every change up to the number that
 * it answers; a change that comes in between counts as newer, though it may have been loaded.
 */
export async function stampVersions(sql: Sql): Promise<string> {
  const { rows } = await queryPrepared<{ watermark: string }>(
    sql,
    "stamp_versions",
    "select millrace.stamp_versions() as watermark",
    [],
  );
  return rows[0]?.watermark as string;
}

/** What one partition, or a whole asset, needs of one asset upstream; the same object when it is the same. */
export interface VersionedNeed {
  readonly asset: AssetKey;
  /** [""] of an asset without partitions. */
  readonly keys: readonly string[];
}

/**
 * The data versions of partitions from their code version and the present data versions of what each needs
 * (semantics V1). Ask after the watermark is taken and before anything is loaded: a change in between then
 * makes them stale, instead of going unnoticed.
 */
export async function versionsFromUpstream(
  sql: Sql,
  stepId: string,
  codeVersion: string,
  needs: readonly (readonly VersionedNeed[])[],
): Promise<string[]> {
  // Partitions often need the same, such as all of a dimension: that is gathered once.
  const distinct = [...new Set(needs.flat())];
  const gathered = distinct.length > 0 ? await gatherVersions(sql, stepId, distinct) : new Map();
  const versions = new Map(distinct.map((need, at) => [need, gathered.get(at) ?? null]));
  return needs.map(needed =>
    digest(
      codeVersion,
      needed.map(need => [need.asset, versions.get(need)]),
    ),
  );
}

/** Of the versions that a partition had before, so many are known again when they come back. */
const keptVersions = 8;

/** For `on conflict do update` of what was materialized: its number moves only when its data version does (V6). */
export const versionsOnConflict = `
  watermark = excluded.watermark, settled = excluded.settled, inputs = excluded.inputs,
  data_version = excluded.data_version,
  changed_sequence = case when present.materialization_id is not null
    and present.data_version is not distinct from excluded.data_version then present.changed_sequence end,
  former_versions = ${withFormer("former_versions", "present.data_version")},
  former_since = ${withFormer("former_since", "present.changed_sequence")},
  former_until = ${withFormer("former_until", "(select value + 1 from millrace.version_sequence)")}`;

/**
 * The number up to which changes may have been loaded by what is published now. What is committed and has no
 * number yet will have a greater one; it took the place of its former version before this one was given.
 */
export const settledNow = `(select value + exists (
    select from millrace.asset_partition where changed_sequence is null and materialization_id is not null
  )::int from millrace.version_sequence)`;

/**
 * One of the lists of former versions with the present one at its end. Left out is what never comes back, being
 * unlike all others by its making, and what nobody can have loaded: what was replaced before it had a number.
 */
function withFormer(list: string, present: string): string {
  return `case when present.changed_sequence is not null and present.data_version <> excluded.data_version
      and present.data_version not like '#%'
    then (present.${list} || ${present})[greatest(1, coalesce(cardinality(present.${list}), 0) + 2 - ${keptVersions}):]
    else present.${list} end`;
}

async function gatherVersions(
  sql: Sql,
  stepId: string,
  needs: readonly VersionedNeed[],
): Promise<ReadonlyMap<number, string>> {
  const { rows } = await queryPrepared<{ place: number; versions: string }>(
    sql,
    "gather_versions",
    `select place, encode(sha256(convert_to(string_agg(present.partition || '=' || data_version, E'\\n'
                                                    order by present.partition collate "C"), 'UTF8')), 'hex') as versions
     from unnest($2::int[], $3::text[], $4::text[]) as needed(place, asset, partition)
     join millrace.asset_partition as present
       on present.environment = (select environment from millrace.step join millrace.run on run.id = run_id
                                 where step.id = $1)
      and present.asset = needed.asset and present.partition = needed.partition
     where data_version is not null group by place`,
    [
      stepId,
      needs.flatMap(({ keys }, at) => keys.map(() => at)),
      needs.flatMap(({ asset, keys }) => keys.map(() => asset)),
      needs.flatMap(({ keys }) => keys),
    ],
  );
  return new Map(rows.map(row => [row.place, row.versions]));
}

function digest(
  codeVersion: string,
  upstream: readonly (readonly [AssetKey, string | null | undefined])[],
): string {
  return createHash("sha256")
    .update(JSON.stringify([codeVersion, upstream]))
    .digest("hex");
}
