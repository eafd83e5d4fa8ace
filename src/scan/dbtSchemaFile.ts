import { type YamlNode, yamlBelow, yamlText, yamlTexts } from "./yamlOutline.ts";

/** What a YAML file of a dbt project declares that has no file of its own, and in which line. */
export interface SchemaFile {
  readonly sources: readonly {
    readonly source: string;
    readonly table: string;
    readonly schema: string | null;
    readonly identifier: string | null;
    readonly line: number;
  }[];
  readonly exposures: readonly {
    readonly name: string;
    readonly type: string | null;
    /** `ref('…')` and `source('…', '…')` as they are written. */
    readonly dependsOn: readonly string[];
    readonly line: number;
  }[];
  readonly snapshots: readonly { readonly name: string; readonly relation: string; readonly line: number }[];
}

/** Reads the outline of a YAML file; what Jinja computes is passed over. */
export function schemaFile(outline: readonly YamlNode[]): SchemaFile {
  return {
    sources: named(yamlBelow(outline, "sources")).flatMap(({ name: source, node }) =>
      named(yamlBelow(node.children, "tables")).map(({ name: table, node: { children }, line }) => ({
        source,
        table,
        schema: plain(yamlText(node.children, "schema")),
        identifier: plain(yamlText(children, "identifier")),
        line,
      })),
    ),
    exposures: named(yamlBelow(outline, "exposures")).map(({ name, node: { children }, line }) => ({
      name,
      type: yamlText(children, "type"),
      dependsOn: yamlTexts(children, "depends_on"),
      line,
    })),
    snapshots: named(yamlBelow(outline, "snapshots")).flatMap(({ name, node: { children }, line }) => {
      const relation = yamlText(children, "relation");
      return relation === null ? [] : [{ name, relation, line }];
    }),
  };
}

/** The items of a list that have a name, or are one. */
function named(items: readonly YamlNode[]) {
  return items.flatMap(node => {
    const name = node.children.find(it => it.key === "name");
    const written = plain(name?.value ?? node.value);
    return written === null ? [] : [{ name: written, node, line: name?.line ?? node.line }];
  });
}

function plain(text: string | null): string | null {
  return text === null || text.includes("{{") ? null : text;
}
