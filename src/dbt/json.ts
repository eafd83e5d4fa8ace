/** A JSON object whose fields have yet to be looked at. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** The object that was meant, or an empty one: what dbt leaves out is never an error. */
export function recordOf(value: unknown): JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonRecord) : {};
}

/** The text, or null for everything else and for nothing at all. */
export function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** The number, or null for everything else. */
export function numberOf(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}

/** One line of a log: an object, or null for what is none. */
export function parseLine(line: string): JsonRecord | null {
  if (!line.startsWith("{")) return null;
  try {
    return recordOf(JSON.parse(line));
  } catch {
    return null;
  }
}
