/** A column of rows that are shown. */
export interface PreviewColumn {
  readonly name: string;
  /** How its values are ordered and aligned; "number" may be written out where it has too many digits. */
  readonly kind: "number" | "text" | "time" | "boolean" | "other";
  /** As the database calls its type, and what is said of it; null where nobody knows. */
  readonly type: string | null;
  readonly description: string | null;
}

/** Every value in a form that JSON has. */
export type PreviewCell = string | number | boolean | null;

type Row = Readonly<Record<string, unknown>>;

/** Longer texts are cut: nobody reads them in a cell. */
const longestText = 2_000;

/** Rows in a form that every border lets through; columns in the order in which they are first seen. */
export function rowsPreview(
  rows: readonly Row[],
  declared: readonly string[] = [],
): { readonly columns: PreviewColumn[]; readonly rows: PreviewCell[][] } {
  const names = rows.length === 0 ? [...declared] : [...new Set(rows.flatMap(row => Object.keys(row)))];
  const columns = names.map(name => ({ name, kind: kindOf(rows, name), type: null, description: null }));
  return { columns, rows: rows.map(row => names.map(name => cellOf(row[name]))) };
}

/** What the first value of a column is, the others are too. */
function kindOf(rows: readonly Row[], name: string): PreviewColumn["kind"] {
  const value = rows.map(row => row[name]).find(it => it !== null && it !== undefined);
  if (value instanceof Date) return "time";
  switch (typeof value) {
    case "number":
    case "bigint":
      return "number";
    case "boolean":
      return "boolean";
    case "string":
      return isNumeric(rows, name) ? "number" : "text";
    default:
      return "other";
  }
}

/** `numeric` columns arrive as text, exactly; what looks like a code ("007") is none. */
function isNumeric(rows: readonly Row[], name: string): boolean {
  return rows.every(row => {
    const value = row[name];
    return value === null || value === undefined || /^-?(0|[1-9]\d*)(\.\d+)?$/.test(String(value));
  });
}

function cellOf(value: unknown): PreviewCell {
  if (value === null || value === undefined) return null;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "boolean") return value;
  if (typeof value === "bigint") return String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "invalid date" : value.toISOString();
  if (value instanceof Uint8Array)
    return cut(`\\x${[...value].map(it => it.toString(16).padStart(2, "0")).join("")}`);
  if (typeof value === "string") return cut(value);
  const json = JSON.stringify(value, (_, it) => (typeof it === "bigint" ? String(it) : it));
  return cut(json ?? String(value));
}

function cut(text: string): string {
  return text.length <= longestText ? text : `${text.slice(0, longestText)}…`;
}
