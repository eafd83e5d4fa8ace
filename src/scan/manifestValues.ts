/** An object of a manifest; its fields may be missing, null or of any type. */
export type JsonRecord = Readonly<Record<string, unknown>>;

/** The object, or an empty one: manifests have null and nothing wherever a version did not know a field. */
export function recordOf(value: unknown): JsonRecord {
  return isJsonRecord(value) ? value : nothing;
}

export function isJsonRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A text that says something, else null. */
export function textOf(value: unknown): string | null {
  return typeof value === "string" && value.trim() !== "" ? value : null;
}

/** The texts of a list; one text counts as a list of one. */
export function textsOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).flatMap(it => textOf(it) ?? []);
}

/** A version is a number or a text: 2, "2.5". */
export function versionOf(value: unknown): string | null {
  return typeof value === "number" ? String(value) : textOf(value);
}

const nothing: JsonRecord = Object.freeze({});
