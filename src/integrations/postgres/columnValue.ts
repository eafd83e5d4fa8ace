import { types } from "pg";

/**
 * How columns are read: exactly, and as they were written.
 * bigint → BigInt; numeric, date, time, interval, uuid and whatever is not listed → text;
 * timestamps → Date, those without a zone as UTC; json → what it says; bytea → Buffer.
 */
export const columnTypes = {
  getTypeParser(oid: number, format?: string): (text: string) => unknown {
    if (format === "binary") throw new Error("Columns are read in PostgreSQL's text format.");
    return parsers.get(oid) ?? asText;
  },
} as Pick<typeof types, "getTypeParser">;

const asText = (text: string) => text;
const its = types.builtins;

/** PostgreSQL's fixed numbers of types and of arrays of them, and how one value is read. */
const knownTypes: readonly (readonly [type: number, array: number, parse: (text: string) => unknown])[] = [
  [its.BOOL, 1000, text => text === "t"],
  [its.INT2, 1005, Number],
  [its.INT4, 1007, Number],
  [its.INT8, 1016, BigInt],
  [its.OID, 1028, Number],
  [its.FLOAT4, 1021, Number],
  [its.FLOAT8, 1022, Number],
  [its.JSON, 199, text => JSON.parse(text)],
  [its.JSONB, 3807, text => JSON.parse(text)],
  [its.BYTEA, 1001, text => Buffer.from(text.slice(2), "hex")],
  [its.TIMESTAMP, 1115, text => parseTimestamp(text.replace(/( BC)?$/, "+00$1"))],
  [its.TIMESTAMPTZ, 1185, text => parseTimestamp(text)],
  [its.TEXT, 1009, asText],
  [its.VARCHAR, 1015, asText],
  [its.BPCHAR, 1014, asText],
  [its.NUMERIC, 1231, asText],
  [its.DATE, 1182, asText],
  [its.UUID, 2951, asText],
  [its.TIME, 1183, asText],
  [its.INTERVAL, 1187, asText],
];

const parsers = new Map(
  knownTypes.flatMap(([type, array, parse]) => [
    [type, parse],
    [array, parseArray(parse)],
  ]),
);

function parseArray(element: (text: string) => unknown) {
  return (text: string) => arrayParser.create(text, element).parse();
}

/** Typed wrongly by @types/pg-types, which describes a newer version than `pg` uses. */
const arrayParser = types.arrayParser as unknown as {
  create(text: string, element: (text: string) => unknown): { parse(): unknown[] };
};

/** Reads "2026-01-31 23:59:59.123+02" by the places of its digits; years that have not four are left to `pg`. */
function parseTimestamp(text: string): unknown {
  const year = number(text, 0, 4);
  if (!(year >= 1000) || text[4] !== "-" || text.endsWith("BC")) return parseRareTimestamp(text);
  let time = Date.UTC(
    year,
    number(text, 5, 7) - 1,
    number(text, 8, 10),
    number(text, 11, 13),
    number(text, 14, 16),
    number(text, 17, 19),
  );
  let at = 19;
  if (text[at] === ".") {
    const from = ++at;
    while (isDigit(text, at)) at++;
    time += number(text.slice(from, at).padEnd(3, "0"), 0, 3);
  }
  if (at < text.length) {
    const offset =
      number(text, at + 1, at + 3) * 3600 +
      (text[at + 3] === ":" ? number(text, at + 4, at + 6) * 60 : 0) +
      (text[at + 6] === ":" ? number(text, at + 7, at + 9) : 0);
    time -= (text[at] === "-" ? -offset : offset) * 1000;
  }
  return new Date(time);
}

const parseRareTimestamp = types.getTypeParser(its.TIMESTAMPTZ) as (text: string) => unknown;

function number(text: string, from: number, to: number): number {
  let result = 0;
  for (let at = from; at < to; at++)
    result = isDigit(text, at) ? result * 10 + text.charCodeAt(at) - 48 : Number.NaN;
  return result;
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 48 && code <= 57;
}
