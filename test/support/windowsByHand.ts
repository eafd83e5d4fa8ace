import type { OraclePartitions } from "./oraclePartitions.ts";
import { clock, ticksByHand } from "./ticksByHand.ts";

export type OracleTimePartitions = Extract<OraclePartitions, { start: string }>;

export interface WindowByHand {
  key: string;
  start: number;
  end: number;
}

const day = 86_400_000;

/**
 * The windows of a definition around some instants, and those of them that exist at `now`,
 * found by listing ticks: a window begins at a tick and ends at the next one of its calendar unit;
 * it exists when it has ended by the last such end until now, moved by the end offset.
 */
export function windowsByHand(
  definition: OracleTimePartitions,
  now: number,
  instants: readonly number[],
): { all: WindowByHand[]; existing: WindowByHand[] } {
  const { timezone = "UTC", end_offset = 0, exclusions = [] } = definition;
  const cron = cronOf(definition);
  const unit = unitOf(cron);
  const instantOf = instantsOf(timezone);
  const start = instantOf(definition.start);
  const end = definition.end === undefined ? Number.POSITIVE_INFINITY : instantOf(definition.end);

  const reach = (Math.abs(end_offset) + 2) * longestUnit(unit);
  const [from, to] = [Math.min(start, now, ...instants) - reach, Math.max(now, ...instants) + reach];
  const unitTicks = ticksByHand(unit, timezone, from, to);
  const excluded = new Set(
    exclusions.flatMap(it => ("at" in it ? [instantOf(it.at)] : ticksByHand(it.cron, timezone, from, to))),
  );
  const starts = (cron === unit ? unitTicks : ticksByHand(cron, timezone, from, to)).filter(
    it => !excluded.has(it),
  );

  const keys = keysOf(definition, starts, cron);
  const all = starts.flatMap((it, i) => {
    const end = unitTicks.find(tick => tick > it);
    return end === undefined ? [] : [{ key: keys[i] as string, start: it, end }];
  });
  const lastEnd = unitTicks[unitTicks.findLastIndex(it => it <= now) + end_offset] as number;
  const existing = all.filter(it => it.start >= start && it.end <= end && it.end <= lastEnd);
  return { all, existing };
}

function cronOf({
  kind,
  minute_offset = 0,
  hour_offset = 0,
  day_offset,
  cron,
}: OracleTimePartitions): string {
  switch (kind) {
    case "hourly":
      return `${minute_offset} * * * *`;
    case "daily":
      return `${minute_offset} ${hour_offset} * * *`;
    case "weekly":
      return `${minute_offset} ${hour_offset} * * ${(day_offset ?? 0) % 7}`;
    case "monthly":
      return `${minute_offset} ${hour_offset} ${day_offset ?? 1} * *`;
    case "cron":
      return cron ?? "";
  }
}

/** Consecutive hours are hours, some days of the week or month are days; anything else ends where the next begins. */
function unitOf(cron: string): string {
  const [minutes, hours = "", days = "", , weekdays = ""] = cron.split(" ");
  if (/^\d+-\d+$/.test(hours)) return `${minutes} * * * *`;
  const pauses = /[-,#]/.test(weekdays) || /[-,]/.test(days) || Number(days) > 28;
  return pauses ? `${minutes} ${hours} * * *` : cron;
}

function longestUnit(unit: string): number {
  const [, , days, months] = unit.split(" ");
  if (months !== "*") return 366 * day;
  return days === "*" ? 8 * day : 32 * day;
}

function keysOf(
  { kind, key_format, timezone = "UTC" }: OracleTimePartitions,
  starts: number[],
  cron: string,
): string[] {
  const format = key_format ?? (kind === "hourly" ? "%Y-%m-%d-%H:%M" : "%Y-%m-%d");
  const wallAt = clock(timezone);
  const isHourly = cron.split(" ")[1] === "*" || /^\S+ \d+-\d+ /.test(cron);
  return starts.map((start, i) => {
    const wall = wallAt(start);
    const offset = spellOffset(wall - start);
    const [date = "", time = ""] = new Date(wall).toISOString().split("T");
    const [Y, m, d] = date.split("-");
    const parts: Record<string, string | undefined> = {
      Y,
      m,
      d,
      H: time.slice(0, 2),
      M: time.slice(3, 5),
      z: offset,
    };
    const key = format.replace(/%(.)/g, (_, letter: string) => parts[letter] ?? "");
    // A time that comes twice was there within a day before.
    const cameBefore = starts.slice(Math.max(0, i - 1500), i).some(it => wallAt(it) === wall);
    return isHourly && cameBefore && !format.includes("%z") ? key + offset : key;
  });
}

function spellOffset(offset: number): string {
  const minutes = Math.abs(offset) / 60_000;
  const two = (value: number) => String(Math.floor(value)).padStart(2, "0");
  return `${offset < 0 ? "-" : "+"}${two(minutes / 60)}${two(minutes % 60)}`;
}

/** The first instant at which a zone's clock shows a time, or what it would be had the clocks not been changed. */
function instantsOf(timezone: string): (wallClock: string) => number {
  const wallAt = clock(timezone);
  return wallClock => {
    const wall = Date.parse(`${wallClock}Z`);
    for (let at = wall - 15 * 3_600_000; at <= wall + 15 * 3_600_000; at += 60_000) {
      if (wallAt(at) === wall) return at;
    }
    return wall - (wallAt(wall - day) - (wall - day));
  };
}
