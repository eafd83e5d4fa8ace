import { types } from "node:util";

/** What a value is to a column whose type nobody declared. */
export type ValueKind = "number" | "bigint" | "boolean" | "text" | "timestamp" | "json" | "bytes";

/** The kind of a value that is neither null nor undefined; throws for what no column can hold. */
export function kindOf(value: unknown): ValueKind {
  switch (typeof value) {
    case "number":
      return "number";
    case "string":
      return "text";
    case "boolean":
      return "boolean";
    case "bigint":
      return "bigint";
    case "object":
      if (types.isDate(value)) return "timestamp";
      if (types.isUint8Array(value)) return "bytes";
      return "json";
    default:
      throw new Error(`holds a ${typeof value}, which cannot be stored`);
  }
}

/** The types new columns get, spelled as PostgreSQL's format_type does. */
export const typeOfKind = {
  number: "double precision",
  bigint: "bigint",
  boolean: "boolean",
  text: "text",
  timestamp: "timestamp with time zone",
  json: "jsonb",
  bytes: "bytea",
} as const satisfies Record<ValueKind, string>;

/**
 * Whether a column that exists takes values of a kind.
 * Text goes into any type that is read as text (uuids, enums, dates, numeric), not into the others.
 */
export function holds(type: string, kind: ValueKind): boolean {
  const base = withoutModifier(type);
  const kinds = kindsOfType[base];
  return kinds ? kinds.includes(kind) : kind === "text" && !base.endsWith("[]");
}

/** "character varying(10)" → "character varying", "timestamp(3) with time zone" → "timestamp with time zone". */
export function withoutModifier(type: string): string {
  return type.replace(/\s*\([^)]*\)/, "");
}

/** The part in parentheses as PostgreSQL completes it, so that two spellings of one type compare equal. */
export function modifierOf(type: string): string {
  const written = /\(([^)]*)\)/.exec(type)?.[1]?.replaceAll(" ", "") ?? "";
  const base = withoutModifier(type);
  if (written === "" && /^(char|character|bpchar|bit)\b(?! varying)/i.test(base)) return "1";
  if (/^(numeric|decimal|dec)\b/i.test(base) && /^\d+$/.test(written)) return `${written},0`;
  return written;
}

const kindsOfType: Record<string, readonly ValueKind[]> = {
  "double precision": ["number"],
  real: ["number"],
  integer: ["number", "bigint"],
  smallint: ["number", "bigint"],
  bigint: ["bigint", "number"],
  numeric: ["number", "bigint", "text"],
  boolean: ["boolean"],
  "timestamp with time zone": ["timestamp"],
  "timestamp without time zone": ["timestamp"],
  date: ["text", "timestamp"],
  json: ["json"],
  jsonb: ["json"],
  bytea: ["bytes"],
};
