import pg from "pg";
import type { BackfillRequest } from "../../src/protocol/partitions.ts";
import type { Outcome } from "./scenario.ts";

/** A workspace with one asset of many days, each of which takes a moment. */
export const dailyFiles = {
  "daily.ts": `
    import { asset, dailyPartitions } from "millrace";
    export const daily = asset("daily", {
      partitions: dailyPartitions({ start: "2010-01-01", end: "2026-01-01" }),
      materialize: async (_, { partition }) => {
        await new Promise(resolve => setTimeout(resolve, 60 * Math.random()));
        return [{ day: partition.key }];
      },
    });`,
};

export function daysFromStart(count: number): BackfillRequest {
  const last = new Date(Date.UTC(2010, 0, count)).toISOString().slice(0, 10);
  return {
    selection: "daily",
    partitions: `2010-01-01...${last}`,
    only: [],
    maxParallel: null,
    requestedBy: "chaos",
  };
}

/** What became of a backfill of so many days, by the rows themselves and by the record of them. */
export async function accountOfDays(url: string, wanted: number): Promise<Omit<Outcome, "strikes">> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query(`
      select (select count(distinct day)::int from assets.daily) as days,
             (select count(*)::int from assets.daily) as rows,
             (select count(*)::int from millrace.materialization) as published,
             (select count(distinct partitions)::int from millrace.materialization) as recorded,
             (select string_agg(distinct left(error ->> 'message', 300), '; ') from millrace.step
              where status = 'failed' and lost is null) as errors,
             (select count(*)::int from millrace.slice_claim) as claims,
             (select count(*)::int from millrace.step where status in ('queued', 'running')) as open`);
    const { days, rows: rowCount, published, recorded, errors, claims, open } = rows[0];
    return {
      wanted,
      made: days,
      twice: rowCount - days + (published - recorded),
      faults: [
        errors,
        recorded === days ? null : `${days} days are there, ${recorded} are recorded`,
        claims === 0 ? null : `${claims} slices are still claimed`,
        open === 0 ? null : `${open} steps have not ended`,
      ].filter(it => it !== null),
    };
  } finally {
    await client.end();
  }
}
