import type { AssetKey } from "../model/assetKey.ts";
import type { Sql } from "./database.ts";

/** Partitions that somebody names outside of any run; null: the whole asset. */
export type NamedSlice = {
  /** `partitionsId` of the definition that the positions count in. */
  readonly definition: string;
  readonly partitions: readonly { readonly key: string; readonly position: number }[];
} | null;

/** A run is about to write what is to be changed by hand; the message names it. */
export class OwnedByRun extends Error {
  override name = "OwnedByRun";
}

/** Locks the asset as dispatch does, so that no run starts on it, and refuses while one owns some of the slice. */
export async function requireFreeSlice(
  sql: Sql,
  environment: string,
  asset: AssetKey,
  slice: NamedSlice,
): Promise<void> {
  await sql.query("insert into millrace.asset (environment, key) values ($1, $2) on conflict do nothing", [
    environment,
    asset,
  ]);
  await sql.query("select from millrace.asset where environment = $1 and key = $2 for update", [
    environment,
    asset,
  ]);
  const { rows } = await sql.query<{ run_id: string }>(
    `select run_id from millrace.slice_claim
     where environment = $1 and asset = $2
       and ($3::text is null or positions is null or definition <> $3
         or positions && (select range_agg(int4range(it, it + 1)) from unnest($4::int[]) as it))
     order by run_id limit 1`,
    [environment, asset, slice?.definition ?? null, slice?.partitions.map(it => it.position) ?? []],
  );
  const [owner] = rows;
  if (!owner) return;
  throw new OwnedByRun(
    `Run ${owner.run_id} is writing ${asset} now. Wait until it has ended, or cancel it: millrace runs cancel ${owner.run_id}.`,
  );
}
