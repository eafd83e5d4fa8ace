import type { AssetKey } from "../model/assetKey.ts";
import type { FormerTime, RecordedVersions, VersionGroup } from "../model/recordedVersions.ts";
import { queryPrepared, type Sql } from "./database.ts";
import { numbers } from "./numberList.ts";

/** Whose versions are asked for. */
export interface VersionedAsset {
  readonly asset: AssetKey;
  /**
   * The id of the definition whose positions are recorded, null for an asset without partitions. What was made
   * in another one, or where positions say nothing ("by key"), is found by its key.
   */
  readonly definition: string | "by key" | null;
  /** Null: there is no such partition in the present definition. */
  positionOf(partition: string): number | null;
}

/** What is recorded of all partitions of some assets, gathered in the database into a few long lists. */
export async function recordedVersions(
  sql: Sql,
  environment: string,
  assets: readonly VersionedAsset[],
): Promise<Map<AssetKey, RecordedVersions>> {
  const returned = await returnedVersions(sql, environment, assets);
  const rows = await gather(sql, environment, assets, returned.size > 0);
  const byAsset = new Map(assets.map(it => [it.asset, it]));
  const groups = new Map<AssetKey, VersionGroup[]>();
  for (const row of rows) {
    const asset = byAsset.get(row.asset) as VersionedAsset;
    const group = row.positions === null ? byKeys(row, asset) : byPositions(row, row.positions);
    groups.set(row.asset, [...(groups.get(row.asset) ?? []), group]);
  }
  return new Map(
    [...groups].map(([key, found]) => [key, { groups: found, returned: returned.get(key) ?? new Map() }]),
  );
}

interface GroupRow extends Record<string, unknown> {
  asset: AssetKey;
  codeVersion: string | null;
  inputs: AssetKey[] | null;
  /** Null: they were made in another definition, and `keys` counts. */
  positions: string | null;
  keys: string[] | null;
  changed: string;
  watermarks: string;
  settled: string | null;
}

async function gather(
  sql: Sql,
  environment: string,
  assets: readonly VersionedAsset[],
  withSettled: boolean,
): Promise<GroupRow[]> {
  const { rows } = await queryPrepared<GroupRow>(
    sql,
    "recorded_versions",
    `select asset, code_version as "codeVersion", inputs,
            case when is_present then string_agg(coalesce(position, 0)::text, ',') end as positions,
            case when not is_present then array_agg(partition) end as keys,
            string_agg(coalesce(changed_sequence::text, '-'), ',') as changed,
            string_agg(coalesce(watermark::text, '-'), ',') as watermarks,
            case when $4 then string_agg(coalesce(settled::text, '-'), ',') end as settled
     from (select present.*, present.definition is not distinct from wanted.definition as is_present
           from unnest($2::text[], $3::text[]) as wanted(asset, definition)
           join millrace.asset_partition as present using (asset)
           where environment = $1 and materialization_id is not null) as known
     group by asset, code_version, inputs, is_present`,
    [environment, assets.map(it => it.asset), assets.map(it => it.definition), withSettled],
  );
  return rows;
}

function byPositions(row: GroupRow, positions: string): VersionGroup {
  const { codeVersion, inputs } = row;
  return {
    codeVersion,
    inputs,
    positions: numbers(positions, 0),
    changed: numbers(row.changed, Number.POSITIVE_INFINITY),
    watermarks: numbers(row.watermarks, Number.NaN),
    ...(row.settled === null ? {} : { settled: numbers(row.settled, Number.POSITIVE_INFINITY) }),
  };
}

function byKeys(row: GroupRow, { positionOf }: VersionedAsset): VersionGroup {
  const all = byPositions(row, "");
  const positions = (row.keys ?? []).map(positionOf);
  const known = (list: readonly number[]) => list.filter((_, at) => positions[at] !== null);
  return {
    ...all,
    positions: positions.filter(it => it !== null),
    changed: known(all.changed),
    watermarks: known(all.watermarks),
    ...(all.settled === undefined ? {} : { settled: known(all.settled) }),
  };
}

/** Versions that are in force again after others: seldom, so they are asked for one by one. */
async function returnedVersions(
  sql: Sql,
  environment: string,
  assets: readonly VersionedAsset[],
): Promise<Map<AssetKey, Map<number, FormerTime[]>>> {
  const { rows } = await queryPrepared<{
    asset: AssetKey;
    partition: string;
    version: string;
    versions: string[];
    since: string[];
    until: string[];
  }>(
    sql,
    "returned_versions",
    `select asset, partition, data_version as version, former_versions as versions, former_since as since,
            former_until as until
     from millrace.asset_partition
     where environment = $1 and asset = any($2) and former_versions is not null
       and data_version = any(former_versions) and materialization_id is not null`,
    [environment, assets.map(it => it.asset)],
  );
  const byAsset = new Map(assets.map(it => [it.asset, it]));
  const returned = new Map<AssetKey, Map<number, FormerTime[]>>();
  for (const { asset, partition, version, versions, since, until } of rows) {
    const known = byAsset.get(asset);
    const position = known?.positionOf(partition);
    if (position === null || position === undefined) continue;
    const times = versions.flatMap((former, at) =>
      former === version ? [{ since: Number(since[at]), until: Number(until[at]) }] : [],
    );
    returned.set(asset, (returned.get(asset) ?? new Map()).set(position, times));
  }
  return returned;
}
