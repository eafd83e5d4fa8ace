import type { AssetNode } from "./assetGraph.ts";
import type { DbtTest } from "./dbtNode.ts";

/** The columns that a check is about: of a test of dbt its own, of `unique(a, b)` those of its call. */
export function columnsOfCheck(name: string, test: DbtTest | undefined): string[] {
  if (test !== undefined) return test.column === null ? [] : [test.column];
  const [, columns = ""] = /^\w+\((.*)\)$/.exec(name) ?? [];
  return columns.split(",").flatMap(it => it.trim() || []);
}

/**
 * A test of a column in few letters. dbt calls it after its kind, its model, its column and what it was given:
 * "accepted_values_orders_status__open__closed" is "accepted_values" where the column is looked at.
 */
export function shortTestName({ name, column }: DbtTest, node: AssetNode): string {
  if (column === null) return name;
  const plain = column.replaceAll('"', "");
  for (const tested of testedNames(node)) {
    const at = name.indexOf(`_${tested}_${plain}`);
    const rest = at < 0 ? "" : name.slice(at + tested.length + plain.length + 2);
    if (at > 0 && (rest === "" || rest.startsWith("__"))) return name.slice(0, at).replace(/^source_/, "");
  }
  return name;
}

/** As dbt's names have it: a source by its own name before its table's. */
function testedNames({ dbt, feeds }: AssetNode): string[] {
  if (dbt) return dbt.source === null ? [dbt.name] : [`${dbt.source}_${dbt.name}`];
  return (feeds ?? []).map(id => id.split(".").slice(2).join("_"));
}
