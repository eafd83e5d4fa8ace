import { types } from "node:util";
import { instantOf, type TimeZone } from "../../model/timeZone.ts";
import { timestampText } from "./timestampText.ts";

/**
 * Times as a column of a certain type holds them, as numbers that compare as PostgreSQL compares them.
 * A timestamp without a zone is in UTC, as it is read; a date is the day that begins in the partitions' zone.
 */
export interface TimeColumn {
  /** From where on the column's values are not before this instant. */
  boundOf(instant: number): number;
  /** A bound as PostgreSQL reads it. */
  textOf(bound: number): string;
  /** Where a value lies that a row has for this column; throws what is wrong with it. */
  read(value: unknown): number;
}

/** Null when columns of this type hold no times. */
export function timeColumn(type: string, zone: TimeZone): TimeColumn | null {
  switch (type) {
    case "timestamp with time zone":
      return { boundOf: instant => instant, textOf: instantText, read: readInstant };
    case "timestamp without time zone":
      return { boundOf: instant => instant, textOf: instantText, read: value => readFields(value).wall };
    case "date":
      return {
        boundOf: instant => firstDayFrom(instant, zone),
        textOf: bound => instantText(bound).replace(/T[^ ]*/, ""),
        read: value => startOfDay(readFields(value).wall),
      };
    default:
      return null;
  }
}

const dayMs = 86_400_000;
const minuteMs = 60_000;

function instantText(instant: number): string {
  return timestampText(new Date(instant));
}

/** The first day, written as its midnight in UTC, that begins at this instant or later. */
function firstDayFrom(instant: number, zone: TimeZone): number {
  const day = startOfDay(instant + zone.offsetAt(instant));
  return instantOf(zone, day) >= instant ? day : day + dayMs;
}

function startOfDay(wall: number): number {
  return Math.floor(wall / dayMs) * dayMs;
}

function readInstant(value: unknown): number {
  const { wall, offset } = readFields(value);
  if (offset !== null) return wall - offset;
  throw new Error(
    `holds ${JSON.stringify(value)}, which does not say its time zone: end it with Z or +01:00`,
  );
}

const isoTime =
  /^(\d{4,6})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?(?:(Z)|([+-])(\d\d)(?::?(\d\d))?)?)?$/i;

/** What stands in a value, as PostgreSQL reads it; an offset counts for some types and is ignored by others. */
function readFields(value: unknown): { wall: number; offset: number | null } {
  if (types.isDate(value)) return { wall: value.getTime(), offset: 0 };
  const fields = typeof value === "string" ? isoTime.exec(value) : null;
  if (!fields) throw new Error(`holds ${shown(value)}, which is neither a Date nor an ISO time`);
  const number = (at: number) => Number(fields[at] ?? 0);
  const whole = Date.UTC(number(1), number(2) - 1, number(3), number(4), number(5), number(6));
  // PostgreSQL keeps microseconds.
  const wall = whole + Math.round(number(7) * 1e6) / 1e3;
  const [utc, sign] = [fields[8], fields[9]];
  if (utc) return { wall, offset: 0 };
  if (!sign) return { wall, offset: null };
  return { wall, offset: (sign === "-" ? -1 : 1) * (number(10) * 60 + number(11)) * minuteMs };
}

function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  return typeof value === "object" ? "an object" : String(value);
}
