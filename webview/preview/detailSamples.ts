import type { AssetDetails, CheckDetails, Neighbour } from "../../src/model/assetDetails.ts";
import type { AssetKind } from "../../src/model/assetGraph.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";
import type { AssetState, AssetStateName } from "../../src/model/assetState.ts";
import { seededChance } from "./chance.ts";

const hour = 3_600_000;

/** Pages as they are met in a workspace; times are relative to `now`. */
export function detailSample(name: string, now: number): AssetDetails | null {
  const ago = (hours: number) => new Date(now - hours * hour).toISOString();
  switch (name) {
    case "model":
    case "restricted":
      return model(ago);
    case "typescript":
      return partitioned(ago);
    case "source":
      return source();
    case "exposure":
      return exposure();
    case "wide":
      return wide(ago);
    default:
      return null;
  }
}

export const compiledText = `with readings as (

    select station_id, city, observed_at, celsius, humidity
    from "weather"."analytics"."stg_readings"
    where observed_at >= '2026-01-31T00:00:00Z'::timestamptz
      and observed_at < '2026-02-01T00:00:00Z'::timestamptz

)

select
    city,
    date_trunc('day', observed_at)::date as day,
    round(avg(celsius)::numeric, 1) as celsius,
    max(humidity) as most_humid,
    count(*) as readings
from readings
group by city, day`;

type Ago = (hours: number) => string;

function model(ago: Ago): AssetDetails {
  return {
    ...nothing("daily_weather_summary", "dbt"),
    group: "marts",
    description: `One row per **city and day**, made of what the stations sent.

Readings that are \`suspicious\` are left out; see [how stations report](https://example.org/stations).

- \`celsius\` is the mean of the day, rounded to a tenth
- a day without readings has no row`,
    owners: ["team:climate", "ada@example.org"],
    tags: ["daily", "domain: weather"],
    dbt: {
      resource: "model",
      materialized: "incremental",
      package: "weather",
      version: null,
      uniqueId: "model.weather.daily_weather_summary",
    },
    relation: "analytics.daily_weather_summary",
    source: { file: "dbt_project/models/marts/daily_weather_summary.sql", line: 1 },
    codeVersion: "sha256:4fb1",
    state: {
      ...settled("daily_weather_summary", "stale", ago(2), 4810, 1240),
      reason: "stg_readings is stale: raw/readings is newer",
      parts: [
        { state: "materialized", count: 24 },
        { state: "failed", count: 2 },
        { state: "missing", count: 2 },
        { state: "stale", count: 3 },
      ],
      freshness: { state: "warn", policy: "within 1 d", since: ago(1), changesAt: null },
    },
    stalePath: [
      {
        asset: key("daily_weather_summary"),
        partition: "2026-01-31",
        words: "stg_readings 2026-01-31 is stale",
      },
      { asset: key("stg_readings"), partition: "2026-01-31", words: "raw/readings 2026-01-31 is newer" },
    ],
    partitions: {
      words: "daily from 2026-01-01",
      counts: [
        { state: "materialized", count: 24 },
        { state: "failed", count: 2 },
        { state: "missing", count: 2 },
        { state: "stale", count: 3 },
      ],
      total: 31,
    },
    automation: "eager",
    freshness: "within 1 d",
    upstream: {
      shown: [neighbour("stg_readings", "dbt", "stale"), neighbour("cities", "dbt", "materialized")],
      more: 0,
    },
    downstream: {
      shown: [
        neighbour("reports/city_report", "typescript", "materialized"),
        neighbour("weather_dashboard", "exposure", null),
      ],
      more: 0,
    },
    columns: [
      column("city", "text", "Where the station stands. Spelled as in the seed `cities`.", [
        "not_null",
        "relationships",
      ]),
      column("day", "date", "The day in UTC.", ["not_null_day"]),
      column("celsius", "numeric", "The mean of the day.", ["range"]),
      column("most_humid", "double precision", null, []),
      column("readings", "bigint", "How many readings it is made of.", []),
    ],
    checks: [
      check("not_null", "not_null_daily_weather_summary_city", "not_null", ["city"], passed(ago(2))),
      check(
        "relationships",
        "relationships_daily_weather_summary_city__name__ref_cities_",
        "relationships",
        ["city"],
        {
          ...passed(ago(2)),
          status: "failed",
          failedRows: 3,
          message: "Got 3 results, configured to fail if != 0",
        },
      ),
      check("not_null_day", "not_null_daily_weather_summary_day", "not_null", ["day"], passed(ago(2))),
      {
        ...check("range", "celsius_is_plausible", "celsius_is_plausible", ["celsius"], null),
        severity: "warning",
      },
      {
        ...check(
          "unit",
          "a_day_of_two_readings_has_their_mean",
          "a_day_of_two_readings_has_their_mean",
          [],
          passed(ago(26)),
        ),
        kind: "unit test",
      },
    ],
    history: Array.from({ length: 18 }, (_, at) => ({
      at: ago(2 + at * 24),
      rows: 4810 - at * 7,
      durationMs: 900 + ((at * 377) % 800),
      runId: String(412 - at * 3),
      partitions: ["2026-01-31", "2026-01-31"] as const,
    })),
  };
}

function partitioned(ago: Ago): AssetDetails {
  const name = "weather/daily_city_averages";
  return {
    ...nothing(name, "typescript"),
    group: "weather",
    description: "The mean of each city and day.",
    owners: ["team:climate"],
    relation: "weather.daily_city_averages",
    source: { file: "assets/phase3Partitions.ts", line: 41 },
    codeVersion: "3",
    pool: "db",
    state: {
      ...settled(name, "running", ago(20), 1204, 840),
      since: ago(0.004),
      runId: "431",
      parts: [
        { state: "materialized", count: 300 },
        { state: "running", count: 1 },
        { state: "missing", count: 64 },
      ],
    },
    partitions: {
      words: "daily from 2026-01-01",
      counts: [
        { state: "materialized", count: 300 },
        { state: "running", count: 1 },
        { state: "missing", count: 64 },
      ],
      total: 365,
    },
    upstream: { shown: [neighbour("weather/daily_readings", "typescript", "materialized")], more: 0 },
    downstream: { shown: [neighbour("reports/monthly", "typescript", "missing")], more: 0 },
    columns: [
      column("city", "text", null, ["notNull(city)"]),
      column("day", "date", null, []),
      column("celsius", "double precision", null, []),
    ],
    checks: [
      check("notNull(city)", "notNull(city)", "notNull(city)", ["city"], passed(ago(20))),
      check("plausible", "plausible", "plausible", [], {
        ...passed(ago(20)),
        status: "failed",
        failedPartitions: 4,
      }),
    ],
    history: [
      { at: ago(20), rows: 1204, durationMs: 840, runId: "398", partitions: ["2026-01-01", "2026-10-27"] },
    ],
  };
}

function source(): AssetDetails {
  return {
    ...nothing("raw/stations", "source"),
    isExternal: true,
    group: "raw",
    description: "Filled by the vendor every night.",
    dbt: {
      resource: "source",
      materialized: null,
      package: "weather",
      version: null,
      uniqueId: "source.weather.raw.stations",
    },
    relation: "raw.stations",
    source: { file: "dbt_project/models/sources.yml", line: 4 },
    downstream: { shown: [neighbour("stg_readings", "dbt", "stale")], more: 0 },
    columns: [column("id", "bigint", "The number on the mast.", ["unique"])],
    checks: [check("unique", "source_unique_raw_stations_id", "unique", ["id"], null)],
  };
}

function exposure(): AssetDetails {
  return {
    ...nothing("weather_dashboard", "exposure"),
    isExternal: true,
    hasRows: false,
    description: "What the **newsroom** looks at in the morning.",
    dbt: {
      resource: "exposure",
      materialized: null,
      package: "weather",
      version: null,
      uniqueId: "exposure.weather.weather_dashboard",
    },
    source: { file: "dbt_project/models/exposures.yml", line: 2 },
    upstream: { shown: [neighbour("daily_weather_summary", "dbt", "stale")], more: 0 },
  };
}

function wide(ago: Ago): AssetDetails {
  const random = seededChance(5);
  const states: AssetStateName[] = ["materialized", "stale", "missing", "failed"];
  const name = "measurements/a_station_with_a_name_that_is_longer_than_any_panel_will_ever_be_wide";
  return {
    ...nothing(name, "typescript"),
    state: {
      ...settled(name, "failed", ago(200), 1_204_811_002, 7_400_000),
      runId: "77",
      error: {
        message:
          'column "a_column_with_a_long_name" of relation "measurements" contains null values in row 1,204,811',
        ...{ file: "assets/measurements.ts", line: 12, column: 3, stack: null },
      },
    },
    source: { file: "assets/measurements.ts", line: 1 },
    columns: Array.from({ length: 300 }, (_, at) =>
      column(
        `measure_${at + 1}`,
        at % 3 === 0 ? "double precision" : "numeric(10,2)",
        null,
        at % 5 === 0 ? [`notNull(measure_${at + 1})`] : [],
      ),
    ),
    checks: Array.from({ length: 60 }, (_, at) => {
      const id = `notNull(measure_${at * 5 + 1})`;
      return check(id, id, id, [`measure_${at * 5 + 1}`], random() < 0.8 ? passed(ago(200)) : null);
    }),
    downstream: {
      shown: Array.from({ length: 24 }, (_, at) =>
        neighbour(`reports/report_${at + 1}`, "typescript", states[Math.floor(random() * 4)] ?? "missing"),
      ),
      more: 976,
    },
  };
}

function nothing(asset: string, kind: AssetKind): AssetDetails {
  return {
    ...{ asset: key(asset), kind, group: "default", description: null, owners: [], tags: [], dbt: null },
    ...{
      relation: null,
      source: null,
      codeVersion: null,
      pool: null,
      isExternal: false,
      hasRows: true,
      state: null,
    },
    ...{
      stalePath: [],
      partitions: null,
      automation: null,
      freshness: null,
      columns: [],
      checks: [],
      history: [],
    },
    ...{ upstream: { shown: [], more: 0 }, downstream: { shown: [], more: 0 } },
  };
}

function settled(
  asset: string,
  state: AssetStateName,
  at: string,
  rows: number,
  durationMs: number,
): AssetState {
  return {
    ...{ asset: key(asset), state, materializedAt: at, rows, durationMs, since: at },
    ...{ reason: null, error: null, runId: "412" },
  };
}

function column(name: string, type: string | null, description: string | null, checks: string[]) {
  return { name, type, description, checks };
}

function check(
  id: string,
  name: string,
  label: string,
  columns: string[],
  result: CheckDetails["result"],
): CheckDetails {
  return {
    id,
    name,
    label,
    kind: name.includes("(") ? "check" : "data test",
    columns,
    severity: "error",
    result,
  };
}

function passed(at: string): NonNullable<CheckDetails["result"]> {
  return { status: "passed", failedRows: 0, failedPartitions: 0, message: null, at, runId: "412" };
}

function neighbour(asset: string, kind: AssetKind, state: AssetStateName | null): Neighbour {
  return { asset: key(asset), kind, state };
}

function key(text: string): AssetKey {
  return text as AssetKey;
}
