import { describe, expect, test } from "vitest";
import { indexGraph } from "../../src/model/assetGraph.ts";
import { filterGraph } from "../../webview/lineage/filter.ts";
import { graphOf } from "../support/graphs.ts";

describe("a filter", () => {
  test("leaves the assets whose key holds the word", () => {
    check("raw → clean → report", "rep", "report");
  });

  test("finds a group, and needs every word", () => {
    check("orders → visits", "sales", "orders; visits; orders → visits");
    check("orders → visits", "SALES vis", "visits");
  });

  test("keeps a way through hidden assets as a dep", () => {
    check("raw_a → x → y → raw_b → raw_c", "raw", "raw_a; raw_b; raw_c; raw_b → raw_c; raw_a ⇢ raw_b");
  });

  test("draws a way once, though many lead through hidden assets", () => {
    check("raw_a → x → raw_b\nraw_a → y → raw_b", "raw", "raw_a; raw_b; raw_a ⇢ raw_b");
  });

  test("does not add a way beside an edge", () => {
    check("raw_a → raw_b\nraw_a → x → raw_b", "raw", "raw_a; raw_b; raw_a → raw_b");
  });

  test("ends on a cycle of hidden assets", () => {
    check("raw_a → x → y → x\ny → raw_b", "raw", "raw_a; raw_b; raw_a ⇢ raw_b");
  });

  test("of blanks leaves everything", () => {
    check("raw → clean", "  ", "raw; clean; raw → clean");
  });

  test("draws only true edges when ways through hidden assets would be too many", () => {
    const lines = Array.from({ length: 300 }, (_, at) => `raw_${at} → hub\nhub → raw_x_${at}`).join("\n");
    const graph = graphOf(`${lines}\nraw_0 → raw_1`);
    const filtered = filterGraph(graph, indexGraph(graph), "raw");
    expect(filtered.assets).toHaveLength(600);
    expect(filtered.edges).toEqual([{ from: "raw_0", to: "raw_1", kind: "input" }]);
  });
});

function check(drawing: string, query: string, expected: string) {
  const facts = { orders: { group: "sales" }, visits: { group: "Sales" } };
  const graph = graphOf(drawing, facts);
  const { assets, edges } = filterGraph(graph, indexGraph(graph), query);
  const lines = edges.map(({ from, to, kind }) => `${from} ${kind === "dep" ? "⇢" : "→"} ${to}`);
  expect([...assets.map(it => it.key), ...lines].join("; ")).toBe(expected);
}
