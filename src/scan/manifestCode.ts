import { createHash } from "node:crypto";
import type { ManifestNode, ManifestNodes } from "./manifestNodes.ts";
import { type JsonRecord, recordOf, textOf, textsOf } from "./manifestValues.ts";

/** What a model is made by, beside the data upstream. */
export interface ManifestCode {
  /** The same as long as its SQL, what it is configured as, its macros and its ephemeral parents are. */
  readonly version: string;
  /** Whether anything of it asks for variables, which the manifest does not hold. */
  readonly usesVars: boolean;
}

/** Answers the code of a node that dbt builds. */
export function manifestCode(
  manifest: JsonRecord,
  { nodes }: ManifestNodes,
): (node: ManifestNode) => ManifestCode {
  const macros = recordOf(manifest.macros);
  const known = new Map<string, readonly string[]>();
  return node => {
    const texts = partsOf(node, new Set());
    const version = createHash("sha256").update(JSON.stringify(texts)).digest("hex").slice(0, 16);
    return { version, usesVars: texts.some(it => /\bvar\s*\(/.test(it)) };
  };

  /** An ephemeral parent is part of who selects from it. */
  function partsOf(node: ManifestNode, seen: Set<string>): string[] {
    if (seen.has(node.id)) return [];
    seen.add(node.id);
    const { raw } = node;
    const spliced = node.parents
      .flatMap(id => nodes.get(id) ?? [])
      .filter(it => it.type === "model" && it.asset === null);
    return [
      textOf(raw.raw_code) ?? textOf(raw.raw_sql) ?? textOf(recordOf(raw.checksum).checksum) ?? "",
      JSON.stringify(written(node)),
      ...macrosOf(textsOf(recordOf(raw.depends_on).macros).filter(isOfUser)),
      ...spliced.flatMap(it => partsOf(it, seen)),
    ];
  }

  /** The text of macros and of those that they call; what comes with dbt changes with dbt alone. */
  function macrosOf(ids: readonly string[]): string[] {
    const all = new Set(ids);
    for (const id of all) for (const called of calledBy(id)) all.add(called);
    return [...all].sort().flatMap(id => textOf(recordOf(macros[id]).macro_sql) ?? []);
  }

  function calledBy(id: string): readonly string[] {
    const found = known.get(id) ?? textsOf(recordOf(recordOf(macros[id]).depends_on).macros).filter(isOfUser);
    known.set(id, found);
    return found;
  }
}

function isOfUser(macro: string): boolean {
  return !/^macro\.dbt(_\w+)?\./.test(macro) || /^macro\.dbt_(utils|expectations|date)\./.test(macro);
}

/** What the user has configured, without what only describes. */
function written({ raw, config }: ManifestNode): JsonRecord {
  const said = recordOf(raw.unrendered_config);
  const all = Object.keys(said).length > 0 ? said : { materialized: config.materialized };
  return Object.fromEntries(
    Object.entries(all)
      .filter(([name]) => !descriptive.has(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

const descriptive: ReadonlySet<string> = new Set([
  "meta",
  "tags",
  "docs",
  "group",
  "access",
  "enabled",
  "persist_docs",
]);
