import type { AssetEdge, AssetGraph, AssetKind, AssetNode } from "../../src/model/assetGraph.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";
import type { AssetState, AssetStateName } from "../../src/model/assetState.ts";
import { seededChance } from "./chance.ts";

/** A graph with its states, to be looked at. */
export interface Sample {
  readonly graph: AssetGraph;
  readonly states: AssetState[];
}

/** A graph of mixed kinds in which every state occurs, some minutes before `now`. */
export function mixedSample(now: number): Sample {
  const assets = [
    asset("noaa.stations", "source", "noaa"),
    asset("erp.orders", "source", "erp"),
    asset("raw_weather_data", "typescript", "weather", "One row per station and hour, as it came."),
    asset("cleaned_weather_data", "typescript", "weather"),
    asset("validated_readings", "typescript", "weather", "Readings whose values are plausible."),
    asset("city_aggregates", "typescript", "reports"),
    asset("station_coverage", "typescript", "reports"),
    asset("weather/daily_readings", "typescript", "default", null, "daily from 2026-01-01 (UTC)"),
    asset("weather/daily_city_averages", "typescript", "default", null, "daily from 2026-01-01 (UTC)"),
    asset("stg_stations", "dbt", "staging"),
    asset("stg_readings", "dbt", "staging"),
    asset("dim_station", "dbt", "marts"),
    asset("fct_station_hours_with_quality_flags", "dbt", "marts"),
    asset("forecast", "typescript", "forecast", "Starts from its own forecast of yesterday."),
    asset("weather_dashboard", "exposure", "default"),
    asset("weekly_report", "exposure", "default"),
    asset("calendar/holidays", "typescript", "default"),
    asset("currency_rates", "typescript", "reference"),
  ];
  const edges = [
    edge("noaa.stations", "raw_weather_data"),
    edge("raw_weather_data", "cleaned_weather_data"),
    edge("raw_weather_data", "validated_readings"),
    edge("validated_readings", "city_aggregates"),
    edge("validated_readings", "station_coverage"),
    edge("raw_weather_data", "weather/daily_readings"),
    edge("weather/daily_readings", "weather/daily_city_averages"),
    edge("weather/daily_city_averages", "forecast"),
    edge("forecast", "forecast"),
    edge("noaa.stations", "stg_stations"),
    edge("raw_weather_data", "stg_readings"),
    edge("stg_stations", "dim_station"),
    edge("dim_station", "fct_station_hours_with_quality_flags"),
    edge("stg_readings", "fct_station_hours_with_quality_flags"),
    edge("fct_station_hours_with_quality_flags", "weather_dashboard"),
    edge("city_aggregates", "weather_dashboard"),
    edge("city_aggregates", "weekly_report"),
    edge("station_coverage", "weekly_report", "dep"),
    edge("erp.orders", "currency_rates"),
  ];
  const states = [
    state("raw_weather_data", "materialized", now, { minutes: 12, rows: 4810 }),
    state("cleaned_weather_data", "stale", now, {
      minutes: 130,
      rows: 4788,
      reason: "raw_weather_data is newer",
    }),
    state("validated_readings", "failed", now, { minutes: 3, reason: 'column "city" is null (row 812)' }),
    state("city_aggregates", "skipped", now, { minutes: 3, reason: "validated_readings failed" }),
    state("station_coverage", "queued", now, { minutes: 1, reason: "waits for pool db (2 of 2 in use)" }),
    {
      ...state("weather/daily_readings", "partly", now, { minutes: 40, reason: "27 of 31 · 2 failed" }),
      parts: [
        { state: "materialized", count: 14 },
        { state: "failed", count: 2 },
        { state: "materialized", count: 9 },
        { state: "stale", count: 4 },
        { state: "missing", count: 2 },
      ],
    } satisfies AssetState,
    state("weather/daily_city_averages", "running", now, { minutes: 0.2 }),
    state("stg_stations", "materialized", now, { minutes: 60 * 26, rows: 318 }),
    state("stg_readings", "materialized", now, { minutes: 11, rows: 4810 }),
    state("dim_station", "canceled", now, { minutes: 9, reason: "after 4 s" }),
    state("fct_station_hours_with_quality_flags", "unknown", now, {
      minutes: 8,
      reason: "dbt ended without a result",
    }),
    state("forecast", "materialized", now, { minutes: 60 * 5, rows: 96 }),
    state("calendar/holidays", "missing", now, { minutes: 0 }),
    state("currency_rates", "stale", now, { minutes: 60 * 49, rows: 31, reason: "erp.orders is newer" }),
  ];
  return { graph: { assets, edges }, states };
}

/** A graph of many assets: domains of their own with some edges between them, always the same. */
export function largeSample(count: number, now: number): Sample {
  const chance = seededChance(count);
  const depth = 12;
  const perColumn = Math.ceil(count / depth);
  const domains = Math.max(2, Math.round(count / 120));
  const kinds: AssetKind[] = ["source", "typescript", "dbt", "typescript", "dbt"];
  const names = ["orders", "payments", "visits", "readings", "invoices", "stations", "members", "returns"];
  const at = (index: number) => {
    const column = Math.floor(index / perColumn);
    const domain = Math.floor(((index % perColumn) / perColumn) * domains);
    return { column, domain, key: `domain_${domain}/${names[index % names.length]}_${index}` };
  };
  const assets = Array.from({ length: count }, (_, index) => {
    const { column, domain, key } = at(index);
    const kind =
      column === 0 ? "source" : column === depth - 1 ? "exposure" : (kinds[1 + (index % 4)] as AssetKind);
    return asset(key, kind, `domain_${domain}`);
  });
  const edges: AssetEdge[] = [];
  for (let index = perColumn; index < count; index++) {
    const column = Math.floor(index / perColumn);
    const place = (index % perColumn) / perColumn;
    const inputs = 1 + Number(chance() < 0.45) + Number(chance() < 0.15);
    for (let input = 0; input < inputs; input++) {
      const from = chance() < 0.85 ? column - 1 : Math.floor(chance() * column);
      const slot = Math.floor((place + (chance() - 0.5) * 0.12) * perColumn);
      const source = from * perColumn + Math.max(0, Math.min(perColumn - 1, slot));
      edges.push(edge(at(source).key, at(index).key));
    }
  }
  const states = assets
    .filter(({ kind }) => kind !== "source" && kind !== "exposure")
    .map(({ key }) =>
      state(key, oftenFine(chance()), now, { minutes: Math.floor(chance() * 4000), rows: 1000 }),
    );
  return { graph: { assets, edges }, states };
}

/** One asset after the other. */
export function chainSample(count: number): Sample {
  const assets = Array.from({ length: count }, (_, at) =>
    asset(`step_${String(at).padStart(5, "0")}`, "typescript", "chain"),
  );
  const edges = assets.slice(1).map(({ key }, at) => edge(assets[at]?.key ?? "", key));
  return { graph: { assets, edges }, states: [] };
}

function asset(
  key: string,
  kind: AssetKind,
  group: string,
  description: string | null = null,
  partitions: string | null = null,
): AssetNode {
  return {
    key: key as AssetKey,
    kind,
    group,
    description,
    tags: {},
    kinds: [kind],
    owners: [],
    file: `assets/${group}.ts`,
    line: 1,
    column: 1,
    partitions,
    checks: [],
  };
}

function edge(from: string, to: string, kind: AssetEdge["kind"] = "input"): AssetEdge {
  return { from: from as AssetKey, to: to as AssetKey, kind };
}

function state(
  asset: string,
  name: AssetStateName,
  now: number,
  about: { minutes: number; rows?: number; reason?: string },
): AssetState {
  const at = new Date(now - about.minutes * 60_000).toISOString();
  const reason = about.reason ?? null;
  const isFailed = name === "failed";
  return {
    asset: asset as AssetKey,
    state: name,
    materializedAt: name === "materialized" || name === "stale" || name === "partly" ? at : null,
    rows: about.rows ?? null,
    durationMs: null,
    since: at,
    reason: isFailed ? null : reason,
    error: isFailed && reason ? { message: reason, file: null, line: null, column: null, stack: null } : null,
    runId: null,
  };
}

function oftenFine(chance: number): AssetStateName {
  if (chance < 0.7) return "materialized";
  if (chance < 0.84) return "stale";
  if (chance < 0.92) return "missing";
  if (chance < 0.95) return "failed";
  return chance < 0.98 ? "skipped" : "running";
}
