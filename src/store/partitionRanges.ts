import type { AssetKey } from "../model/assetKey.ts";
import { setOfPositions } from "../model/markedPositions.ts";
import {
  emptySet,
  type IndexRange,
  type PartitionSet,
  setOfRange,
  setOfRanges,
  union,
} from "../model/partitionSet.ts";
import { queryPrepared, type Sql } from "./database.ts";
import { numbers } from "./numberList.ts";
import type { VersionedAsset } from "./recordedVersions.ts";

/** How the partitions of one asset stand, by their positions in its present definition. */
export interface PartitionStand {
  readonly materialized: PartitionSet;
  /** The last attempt at them failed, whether or not they were materialized before. */
  readonly failed: PartitionSet;
  /** What open runs are to make, and what they make now. */
  readonly queued: PartitionSet;
  readonly running: PartitionSet;
}

/** How all partitions of some assets stand, in one question. */
export async function partitionRanges(
  sql: Sql,
  environment: string,
  assets: readonly VersionedAsset[],
): Promise<Map<AssetKey, PartitionStand>> {
  // One after the other: a connection that is in a transaction takes no second question meanwhile.
  const rows = [
    ...(await askRecorded(sql, environment, assets)),
    ...(await askOpen(sql, environment, assets)),
  ];
  return standsOf(assets, rows);
}

/** What of them is materialized, and nothing else of how they stand. */
export async function materializedPartitions(
  sql: Sql,
  environment: string,
  assets: readonly VersionedAsset[],
): Promise<Map<AssetKey, PartitionSet>> {
  const whole = await askWhole(sql, environment, assets);
  const others = assets.filter(it => !whole.has(it.asset));
  if (others.length === 0) return whole;
  const stands = standsOf(others, await askRecorded(sql, environment, others));
  return new Map([...whole, ...[...stands].map(([asset, it]) => [asset, it.materialized] as const)]);
}

/** Of those whose materialized partitions are one range: counting them takes half the time of listing them. */
async function askWhole(
  sql: Sql,
  environment: string,
  assets: readonly VersionedAsset[],
): Promise<Map<AssetKey, PartitionSet>> {
  type Row = { place: number; count: number; first: number; last: number; isPresent: boolean };
  const { rows } = await queryPrepared<Row>(
    sql,
    "materialized_as_one",
    `select place::int, found.*
     from unnest($2::text[], $3::text[]) with ordinality as wanted(asset, definition, place)
     cross join lateral (
       select count(*)::int, min(coalesce(position, 0)) as first, max(coalesce(position, 0)) as last,
              bool_and(present.definition is not distinct from wanted.definition) as "isPresent"
       from millrace.asset_partition as present
       where environment = $1 and asset = wanted.asset and materialization_id is not null
     ) as found`,
    [environment, assets.map(it => it.asset), assets.map(it => it.definition)],
  );
  const whole = new Map<AssetKey, PartitionSet>();
  for (const { place, count, first, last, isPresent } of rows) {
    const { asset } = assets[place - 1] as VersionedAsset;
    if (count === 0) whole.set(asset, emptySet);
    else if (isPresent && last - first + 1 === count) whole.set(asset, setOfRange(first, last + 1));
  }
  return whole;
}

/** What of them failed, waits and runs, without what was materialized: seldom much, whatever there is. */
export async function unsettledPartitions(
  sql: Sql,
  environment: string,
  assets: readonly VersionedAsset[],
): Promise<Map<AssetKey, Omit<PartitionStand, "materialized">>> {
  const rows = [...(await askFailed(sql, environment, assets)), ...(await askOpen(sql, environment, assets))];
  return standsOf(assets, rows);
}

function standsOf(
  assets: readonly VersionedAsset[],
  rows: readonly StandRow[],
): Map<AssetKey, PartitionStand> {
  const byAsset = new Map(assets.map(it => [it.asset, it]));
  const stands = new Map(assets.map(it => [it.asset, new Map<StandRow["state"], PartitionSet>()]));
  for (const { asset, state, positions, keys = [], ends = [] } of rows) {
    const { positionOf } = byAsset.get(asset) as VersionedAsset;
    const listed = numbers(positions ?? "", 0);
    for (const key of keys ?? []) {
      const position = positionOf(key);
      if (position !== null) listed.push(position);
    }
    const ranges = ends.flatMap(it => rangeBetween(it, positionOf));
    stands.get(asset)?.set(state, union(setOfPositions(listed), setOfRanges(ranges)));
  }
  return new Map([...stands].map(([asset, stand]) => [asset, standOf(stand)]));
}

interface StandRow {
  readonly asset: AssetKey;
  /** Both: it was made, and the last attempt to make it again failed. */
  readonly state: "materialized" | "failed" | "both" | "queued" | "running";
  readonly positions?: string | null;
  /** Of what was made in another definition, or where positions say nothing. */
  readonly keys?: readonly string[] | null;
  /** What steps make: [first, last] as positions, or [key] or [first, last] as keys. */
  readonly ends?: readonly (readonly (string | number)[])[];
}

const recordedStates = ["materialized", "failed", "both"] as const;

/** Lists of positions leave the database many times as fast as an aggregate of ranges would. */
async function askRecorded(
  sql: Sql,
  environment: string,
  assets: readonly VersionedAsset[],
): Promise<StandRow[]> {
  type Row = { place: number; keys: (string[] | null)[] } & Record<StandRow["state"], string | null>;
  const { rows } = await queryPrepared<Row>(
    sql,
    "partition_ranges",
    `select place::int,
            ${recordedStates.map((name, state) => `string_agg(position::text, ',') filter (where state = ${state}) as "${name}"`)},
            jsonb_build_array(${recordedStates.map((_, state) => `array_agg(partition) filter (where state = ${state + 3})`)}) as keys
     from (
       select place, coalesce(position, 0) as position, partition,
              case when present.definition is not distinct from wanted.definition then 0 else 3 end
                + case when failed_step is null then 0 when materialization_id is null then 1 else 2 end as state
       from unnest($2::text[], $3::text[]) with ordinality as wanted(asset, definition, place)
       join millrace.asset_partition as present using (asset)
       where environment = $1 and (failed_step is not null or materialization_id is not null)
     ) as known group by place`,
    [environment, assets.map(it => it.asset), assets.map(it => it.definition)],
  );
  return rows.flatMap(row =>
    recordedStates.map((state, at) => ({
      asset: assets[row.place - 1]?.asset as AssetKey,
      state,
      positions: row[state],
      keys: row.keys[at] ?? null,
    })),
  );
}

async function askFailed(
  sql: Sql,
  environment: string,
  assets: readonly VersionedAsset[],
): Promise<StandRow[]> {
  type Row = { asset: AssetKey; positions: string | null; keys: string[] | null };
  const { rows } = await queryPrepared<Row>(
    sql,
    "failed_partitions",
    `select asset, string_agg(coalesce(position, 0)::text, ',') filter (where is_present) as positions,
            array_agg(partition) filter (where not is_present) as keys
     from (select asset, position, partition, present.definition is not distinct from wanted.definition as is_present
           from unnest($2::text[], $3::text[]) as wanted(asset, definition)
           join millrace.asset_partition as present using (asset)
           where environment = $1 and failed_step is not null) as known
     group by asset`,
    [environment, assets.map(it => it.asset), assets.map(it => it.definition)],
  );
  return rows.map(row => ({ ...row, state: "failed" }));
}

async function askOpen(
  sql: Sql,
  environment: string,
  assets: readonly VersionedAsset[],
): Promise<StandRow[]> {
  const { rows } = await queryPrepared<StandRow & Record<string, unknown>>(
    sql,
    "open_partitions",
    `select asset, step.status as state,
            jsonb_agg(case when positions is null then '[0, 0]'
                           when step.definition is not distinct from wanted.definition
                             then jsonb_build_array(lower(positions), upper(positions) - 1)
                           else to_jsonb(partitions) end) as ends
     from unnest($2::text[], $3::text[]) as wanted(asset, definition)
     join millrace.step using (asset) join millrace.run on run.id = run_id
     where run.environment = $1 and run.status in ('queued', 'dispatched', 'running', 'canceling')
       and step.status in ('queued', 'running')
     group by asset, step.status`,
    [environment, assets.map(it => it.asset), assets.map(it => it.definition)],
  );
  return rows;
}

function rangeBetween(
  ends: readonly (string | number)[],
  positionOf: VersionedAsset["positionOf"],
): IndexRange[] {
  const [from, last] = [ends[0], ends.at(-1)].map(end => (typeof end === "string" ? positionOf(end) : end));
  return typeof from === "number" && typeof last === "number" ? [{ from, to: last + 1 }] : [];
}

function standOf(sets: ReadonlyMap<StandRow["state"], PartitionSet>): PartitionStand {
  const set = (...states: StandRow["state"][]) => states.map(it => sets.get(it) ?? emptySet).reduce(union);
  return {
    materialized: set("materialized", "both"),
    failed: set("failed", "both"),
    queued: set("queued"),
    running: set("running"),
  };
}
