import { createHash } from "node:crypto";
import { dbtCodeVersion } from "../model/dbtCodeVersion.ts";
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
    const own = ownParts(node);
    const spliced = splicedInto(node, new Set([node.id])).map(ownParts);
    const version = dbtCodeVersion({
      text: digest(own.text),
      configuration: digest(own.configuration),
      macros: digest(own.macros),
      spliced: digest(spliced),
    });
    const texts = [own, ...spliced].flatMap(it => [it.text, it.configuration, ...it.macros]);
    return { version, usesVars: texts.some(it => /\bvar\s*\(/.test(it)) };
  };

  function ownParts(node: ManifestNode) {
    const { raw } = node;
    return {
      text: textOf(raw.raw_code) ?? textOf(raw.raw_sql) ?? textOf(recordOf(raw.checksum).checksum) ?? "",
      configuration: JSON.stringify(written(node)),
      macros: macrosOf(textsOf(recordOf(raw.depends_on).macros).filter(isOfUser)),
    };
  }

  /** Ephemeral parents, and theirs: they are part of who selects from them. */
  function splicedInto({ parents }: ManifestNode, seen: Set<string>): ManifestNode[] {
    return parents
      .flatMap(id => nodes.get(id) ?? [])
      .filter(it => it.type === "model" && it.asset === null && !seen.has(it.id))
      .flatMap(it => {
        if (seen.has(it.id)) return [];
        seen.add(it.id);
        return [it, ...splicedInto(it, seen)];
      });
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

function digest(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 8);
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
