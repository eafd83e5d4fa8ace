import type { AssetKey } from "../../src/model/assetKey.ts";
import type { PartitionStateName, PartitionStateRange } from "../../src/model/backfillState.ts";
import type { PartitionsDefinition, TimePartitions } from "../../src/model/partitionsDefinition.ts";
import type { PartitionMatrix, PartitionRow } from "../../src/protocol/partitions.ts";
import { seededChance } from "./chance.ts";

const hour = 3_600_000;
const day = 24 * hour;
const regions = ["north", "east", "south", "west", "islands", "alps"];

/** Assets of all kinds of partitions in which every state occurs. */
export function weatherPartitions(now: number): PartitionMatrix {
  const ago = (days: number) => new Date(now - days * day).toISOString().slice(0, 10);
  const daily = time("daily", ago(120));
  const rows = [
    row("weather/daily_readings", "weather", daily, "m70 f2 m12 . . m20 s9"),
    row("weather/daily_city_averages", "weather", daily, "m60 u3 m5 f2 m12 .2 m8 r3 q6"),
    row("weather/hourly_radar", "weather", time("hourly", ago(60)), "m700 f5 m120 .80 s40 m300 r12 q40"),
    row("weather/weekly_report", "reports", time("weekly", ago(400)), "m40 . m3 f m6"),
    row("weather/monthly_climate", "reports", time("monthly", ago(900)), "m22 s3 ."),
    row("forecast/weekday_runs", "forecast", weekdays(ago(120)), "m50 f m12 .4 m8"),
    row("forecast/skill", "forecast", time("daily", ago(40)), ""),
    row("stations/by_region", "stations", { kind: "static", keys: regions }, "m2 f m ."),
    row("stations/by_operator", "stations", { kind: "dynamic", name: "operators" }, "m s m q"),
    row("weather/region_days", "weather", regionDays(ago(90)), gridWord(90)),
  ];
  return { now, rows, dynamicKeys: { operators: ["dwd", "knmi", "meteofrance", "metoffice", "smhi"] } };
}

/** So many assets of 100,000 partitions each, in many short ranges. */
export function largePartitions(assets: number, now: number): PartitionMatrix {
  const chance = seededChance(assets);
  const count = 100_000;
  const start = new Date(now - count * hour).toISOString().slice(0, 10);
  const definition = time("hourly", start);
  const rows = Array.from({ length: assets }, (_, at): PartitionRow => {
    const ranges: PartitionStateRange[] = [];
    for (let first = 0; first < count; ) {
      const length = 1 + Math.floor(chance() ** 4 * 90);
      const last = Math.min(count - 1, first + length);
      const state = oftenFine(chance());
      if (state !== null) ranges.push({ first, last, state });
      first = last + 1;
    }
    return {
      asset: `domain_${at % 7}/events_${String(at).padStart(2, "0")}` as AssetKey,
      group: `domain_${at % 7}`,
      definition,
      ranges,
    };
  });
  return { now, rows };
}

function row(asset: string, group: string, definition: PartitionsDefinition, word: string): PartitionRow {
  return { asset: asset as AssetKey, group, definition, ranges: rangesOf(word) };
}

const letters: Readonly<Record<string, PartitionStateName>> = {
  m: "materialized",
  s: "stale",
  f: "failed",
  r: "running",
  q: "queued",
  u: "unknown",
};

/** "m70 f2 . m": runs of states by their first letter, a point for a hole. */
export function rangesOf(word: string): PartitionStateRange[] {
  const ranges: PartitionStateRange[] = [];
  let first = 0;
  for (const part of word.split(" ").filter(it => it !== "")) {
    const state = letters[part[0] as string];
    const last = first + Number(part.slice(1) || 1) - 1;
    if (state !== undefined) ranges.push({ first, last, state });
    first = last + 1;
  }
  return ranges;
}

/** Days by regions: one region lags behind, one had a bad week. */
function gridWord(days: number): string {
  const chance = seededChance(7);
  return Array.from({ length: days }, (_, at) =>
    regions
      .map((region, place) => {
        if (region === "islands" && at > days - 20) return ".";
        if (region === "south" && at > 40 && at < 48) return "f";
        if (at === days - 1 && place > 2) return "r";
        return chance() < 0.06 ? "s" : chance() < 0.04 ? "." : "m";
      })
      .join(" "),
  ).join(" ");
}

function regionDays(start: string): PartitionsDefinition {
  return {
    kind: "multi",
    dimensions: [
      { name: "day", partitions: time("daily", start) },
      { name: "region", partitions: { kind: "static", keys: regions } },
    ],
  };
}

function time(kind: "hourly" | "daily" | "weekly" | "monthly", start: string): TimePartitions {
  const cron = { hourly: "0 * * * *", daily: "0 0 * * *", weekly: "0 0 * * 0", monthly: "0 0 1 * *" }[kind];
  return {
    kind,
    cron,
    start: `${start}T00:00`,
    end: null,
    timezone: "UTC",
    keyFormat: kind === "hourly" ? "%Y-%m-%d-%H:%M" : "%Y-%m-%d",
    endOffset: 0,
    exclusions: [],
  };
}

function weekdays(start: string): TimePartitions {
  return { ...time("daily", start), exclusions: [{ cron: "0 0 * * 0,6" }] };
}

function oftenFine(chance: number): PartitionStateName | null {
  if (chance < 0.82) return "materialized";
  if (chance < 0.9) return "stale";
  if (chance < 0.915) return "failed";
  return chance < 0.93 ? "queued" : null;
}
