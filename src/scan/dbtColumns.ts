import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DbtColumn } from "../model/dbtColumn.ts";
import { isJsonRecord, type JsonRecord, recordOf, textOf, textsOf } from "./manifestValues.ts";

/** The columns of each dbt node by its unique id, in the order of the database where that is known. */
export type DbtColumns = ReadonlyMap<string, readonly DbtColumn[]>;

/**
 * Reads the columns that a manifest and, where there is one, a catalog know. What the database has counts;
 * what is only described counts where it was never asked. Files that are missing or broken say nothing.
 */
export async function readDbtColumns(manifestFile: string, catalogFile: string | null): Promise<DbtColumns> {
  const [manifest, catalog] = await Promise.all([
    readJson(manifestFile),
    catalogFile === null ? {} : readJson(catalogFile),
  ]);
  return dbtColumns(manifest, catalog);
}

/** Where dbt writes the catalog: beside its manifest. */
export function catalogOf(manifest: string): string {
  return join(dirname(manifest), "catalog.json");
}

/** The columns of a parsed manifest and a parsed catalog, or of what is like them. */
export function dbtColumns(manifest: unknown, catalog: unknown): DbtColumns {
  const { nodes, sources } = recordOf(manifest);
  const all = { ...recordOf(nodes), ...recordOf(sources) };
  const notNull = notNullColumns(all);
  const inDatabase = { ...recordOf(recordOf(catalog).nodes), ...recordOf(recordOf(catalog).sources) };
  const columns = new Map<string, DbtColumn[]>();
  for (const [id, node] of Object.entries(all)) {
    if (!isJsonRecord(node)) continue;
    const never = notNull.get(id) ?? nothing;
    const described = describedColumns(node, never);
    const found = databaseColumns(recordOf(inDatabase[id]), described, never);
    const known = found.length > 0 ? found : described;
    if (known.length > 0) columns.set(id, known);
  }
  return columns;
}

const nothing: ReadonlySet<string> = new Set();

function describedColumns(node: JsonRecord, notNull: ReadonlySet<string>): DbtColumn[] {
  const isEnforced = recordOf(recordOf(node.config).contract).enforced === true;
  return Object.entries(recordOf(node.columns)).map(([key, column]) => {
    const { name, data_type, description, constraints } = recordOf(column);
    const written = textOf(name) ?? key;
    const isConstrained = (Array.isArray(constraints) ? constraints : []).some(it =>
      /^(not_null|primary_key)$/.test(textOf(recordOf(it).type) ?? ""),
    );
    return {
      name: written,
      type: textOf(data_type),
      description: textOf(description),
      isNotNull: notNull.has(written) || (isEnforced && isConstrained),
    };
  });
}

/** Adapters that write names in capitals still mean the column that is described in small letters. */
function databaseColumns(
  entry: JsonRecord,
  described: readonly DbtColumn[],
  notNull: ReadonlySet<string>,
): DbtColumn[] {
  const byName = new Map(described.map(it => [it.name.toLowerCase(), it]));
  return Object.entries(recordOf(entry.columns))
    .map(([key, column]) => ({ key, ...recordOf(column) }) as JsonRecord & { key: string })
    .sort((a, b) => Number(a.index ?? 0) - Number(b.index ?? 0))
    .map(({ key, name, type, comment }) => {
      const written = textOf(name) ?? key;
      const known = byName.get(written.toLowerCase());
      return {
        name: written,
        type: textOf(type) ?? known?.type ?? null,
        description: known?.description ?? textOf(comment),
        isNotNull: known?.isNotNull ?? notNull.has(written),
      };
    });
}

/** Of which columns a test that may fail says that they are never null. */
function notNullColumns(nodes: JsonRecord): Map<string, Set<string>> {
  const columns = new Map<string, Set<string>>();
  for (const node of Object.values(nodes)) {
    const { resource_type, test_metadata, attached_node, column_name, config, depends_on } = recordOf(node);
    if (resource_type !== "test" || textOf(recordOf(test_metadata).name) !== "not_null") continue;
    const { severity, where, enabled } = recordOf(config);
    if (/^warn$/i.test(textOf(severity) ?? "") || textOf(where) !== null || enabled === false) continue;
    const of = textOf(attached_node) ?? textsOf(recordOf(depends_on).nodes)[0];
    const column = textOf(column_name);
    if (of === undefined || column === null) continue;
    columns.set(of, (columns.get(of) ?? new Set()).add(column));
  }
  return columns;
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch {
    return null;
  }
}
