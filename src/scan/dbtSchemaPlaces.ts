import type { AssetNode } from "../model/assetGraph.ts";
import type { DbtTest } from "../model/dbtNode.ts";
import { type YamlNode, yamlBelow, yamlOutline, yamlText } from "./yamlOutline.ts";

/** A model or a table of a source as a YAML file describes it; lines count from 1. */
export interface SchemaPlace {
  /** Null for a model, seed or snapshot. */
  readonly source: string | null;
  readonly name: string;
  readonly line: number;
  readonly tests: readonly WrittenTest[];
}

/** A generic test as it is written. */
export interface WrittenTest {
  /** "not_null", or "dbt_utils.at_least_one" as "dbt_utils_at_least_one"; else the name that is given to it. */
  readonly name: string;
  readonly isNamed: boolean;
  readonly column: string | null;
  readonly line: number;
}

/** What a YAML file of a dbt project describes, and which tests it writes where. Never throws. */
export function dbtSchemaPlaces(text: string): SchemaPlace[] {
  const outline = yamlOutline(text);
  const nodes = ["models", "seeds", "snapshots"].flatMap(it =>
    yamlBelow(outline, it).flatMap(node => place(null, node)),
  );
  const tables = yamlBelow(outline, "sources").flatMap(({ children }) =>
    yamlBelow(children, "tables").flatMap(table => place(yamlText(children, "name") ?? "", table)),
  );
  return [...nodes, ...tables].sort((a, b) => a.line - b.line);
}

/** The line of each of dbt's tests that these places write, by the test's id. */
export function linesOfTests(places: readonly SchemaPlace[], of: TestedNode): Map<string, number> {
  const lines = new Map<string, number>();
  const written = places.filter(it => it.name === of.name && it.source === of.source).flatMap(it => it.tests);
  const left = [...written];
  for (const test of of.tests) {
    const at = left.findIndex(
      it =>
        (it.isNamed ? test.name === it.name : test.name.replace(/^source_/, "").startsWith(it.name)) &&
        (it.column === test.column || test.column === null),
    );
    if (at >= 0) lines.set(test.uniqueId, left.splice(at, 1)[0]?.line ?? 1);
  }
  return lines;
}

/** The same of an asset's tests in one file; a source that TypeScript feeds is described under its own name. */
export function linesOfAssetTests(
  text: string,
  { dbt, feeds }: AssetNode,
  tests: readonly DbtTest[],
): Map<string, number> {
  const places = dbtSchemaPlaces(text);
  const nodes = dbt
    ? [{ name: dbt.name, source: dbt.source }]
    : (feeds ?? []).map(id => {
        const [, , source = "", ...name] = id.split(".");
        return { name: name.join("."), source };
      });
  return new Map(nodes.flatMap(it => [...linesOfTests(places, { ...it, tests })]));
}

interface TestedNode {
  readonly name: string;
  readonly source: string | null;
  readonly tests: readonly DbtTest[];
}

function place(source: string | null, node: YamlNode): SchemaPlace[] {
  const name = node.children.find(it => it.key === "name");
  if (!name?.value) return [];
  const columns = yamlBelow(node.children, "columns");
  const tests = [
    ...testsBelow(node.children, null),
    ...columns.flatMap(it => testsBelow(it.children, yamlText(it.children, "name"))),
  ];
  return [{ source, name: name.value, line: name.line, tests }];
}

/** `tests` before dbt 1.8, `data_tests` since. */
function testsBelow(nodes: readonly YamlNode[], column: string | null): WrittenTest[] {
  return ["data_tests", "tests"].flatMap(key =>
    yamlBelow(nodes, key).flatMap(item => {
      const [first] = item.children;
      const written = item.value ?? first?.key ?? null;
      if (written === null) return [];
      const given = yamlText(item.children, "name") ?? yamlText(first?.children ?? [], "name");
      const name = given ?? (yamlText(item.children, "test_name") ?? written).replace(/\W+/g, "_");
      return [{ name, isNamed: given !== null, column, line: item.line }];
    }),
  );
}
