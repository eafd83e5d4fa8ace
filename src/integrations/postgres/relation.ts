import { type AssetKey, keyName, keyPrefix } from "../../model/assetKey.ts";

/** A table as PostgreSQL knows it. */
export interface Relation {
  readonly schema: string;
  readonly table: string;
}

/**
 * Where an asset lives: the schema is all but the last component of its key, or the configured default;
 * the table is the last component. What PostgreSQL would shorten, or keeps for itself, is refused.
 */
export function relationOf(
  asset: AssetKey,
  assetSchema: string,
  named: { schema?: string | undefined; table?: string | undefined } = {},
): Relation {
  const schema = named.schema ?? keyPrefix(asset)?.replaceAll("/", "_") ?? assetSchema;
  const table = named.table ?? keyName(asset);
  requireName(asset, "schema", schema);
  requireName(asset, "table", table);
  if (/^(pg_.*|information_schema|millrace|millrace_staging)$/.test(schema)) {
    throw new Error(
      `The asset ${asset} would live in the schema "${schema}", which is not for assets. ` +
        `Give it another key, or name a schema: postgresTable({ schema: "…" }).`,
    );
  }
  return { schema, table };
}

/** An identifier as it stands in SQL, whatever it is made of. */
export function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}

export function qualified({ schema, table }: Relation): string {
  return `${quoted(schema)}.${quoted(table)}`;
}

/** What an identifier breaks, or null: PostgreSQL silently cuts names after 63 bytes. */
export function nameProblem(name: string): string | null {
  const bytes = Buffer.byteLength(name);
  if (name === "") return "is empty";
  if (name.includes("\0")) return "holds the character U+0000, which PostgreSQL has not";
  if (bytes > 63) return `is ${bytes} bytes long, and PostgreSQL allows 63`;
  return null;
}

function requireName(asset: AssetKey, what: "schema" | "table", name: string): void {
  const problem = nameProblem(name);
  if (problem === null) return;
  throw new Error(
    `The ${what} name "${name}" of the asset ${asset} ${problem}. ` +
      `Give it another key, or name the ${what}: postgresTable({ ${what}: "…" }).`,
  );
}
