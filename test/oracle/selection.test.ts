import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { AssetGraph, AssetNode } from "../../src/model/assetGraph.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";
import { selectByText } from "../../src/model/assetSelection.ts";

/** Vectors that another orchestrator answered; its asset model is the one that Millrace takes. */
interface SelectionVectors {
  topic: string;
  graphs: Record<string, { assets: OracleAsset[] }>;
  cases: SelectionCase[];
}

interface OracleAsset {
  key: string;
  deps: string[];
  external: boolean;
  group: string;
  tags: Record<string, string>;
  kinds: string[];
  owners: string[];
  partitions: { kind: string } | null;
}

interface SelectionCase {
  id: string;
  given: { graph: string; selection: string; include_external: boolean };
  expect: string[] | { error: true };
  millrace?: "differs";
  reason?: string;
  grammar?: "legacy";
}

const folder = process.env.ORACLE_DIR ?? "test/oracle";
const vectors = readdirSync(folder)
  .filter(name => name.endsWith(".json"))
  .map(name => JSON.parse(readFileSync(join(folder, name), "utf8")) as SelectionVectors)
  .filter(it => it.topic === "selection");
const cases = vectors.flatMap(({ graphs, cases }) =>
  cases.map(it => ({ ...it, graph: graphOf(graphs[it.given.graph]?.assets ?? []) })),
);

test("there are vectors to answer", () => {
  expect(cases.length).toBeGreaterThan(0);
});

describe("a selection means what the vectors say", () => {
  for (const selectionCase of cases) {
    const { id, given, graph, expect: expected, millrace, reason = "" } = selectionCase;
    test(`${id}: ${given.selection}`, () => {
      const ours = answer(given, graph);
      if (millrace === "differs") expectDifference(ours, given, graph, reason);
      else if (isOneLevelOfOld(selectionCase)) {
        expect(ours).toEqual(answer({ ...given, selection: withKeys(given.selection) }, graph));
        expect(ours).toEqual(expect.arrayContaining(expected as string[]));
      } else expect(ours).toEqual(expected);
    });
  }
});

function expectDifference(
  ours: ReturnType<typeof answer>,
  given: SelectionCase["given"],
  graph: AssetGraph,
  reason: string,
) {
  if (reason.startsWith("S3:")) {
    expect(ours).not.toEqual({ error: true });
    expect(ours).toEqual(answer({ ...given, selection: withKeys(given.selection) }, graph));
  } else if (/syntax error|otherwise report an error/.test(reason)) {
    expect(ours).toEqual({ error: true });
  } else {
    expect.fail(`This reason is new; write here what it asks for: ${reason}`);
  }
}

/**
 * In the old grammar `+name` was one level. Here one plus follows all levels, before a bare name as before key:"…",
 * so that `+name` runs everything that is missing above it.
 */
function isOneLevelOfOld({ grammar, given }: SelectionCase) {
  return grammar === "legacy" && /(?<!\+)\+(?!\+)/.test(given.selection);
}

function answer({ selection, include_external }: SelectionCase["given"], graph: AssetGraph) {
  const { keys, problems } = selectByText(selection, graph, { includeExternal: include_external });
  if (problems.length === 0) return [...keys].sort();
  expect(keys).toEqual([]);
  return { error: true };
}

/** Spells bare names out: `a and key:"b"` becomes `key:"a" and key:"b"`. */
function withKeys(selection: string) {
  return selection.replace(/key:"[^"]*"|[\w/]+/g, name =>
    /^key:|^(and|or|not|roots|sinks)$/.test(name) ? name : `key:"${name}"`,
  );
}

function graphOf(assets: OracleAsset[]): AssetGraph {
  return {
    assets: assets.map(nodeOf),
    edges: assets.flatMap(({ key, deps }) =>
      deps.map(dep => ({ from: dep as AssetKey, to: key as AssetKey, kind: "dep" as const })),
    ),
  };
}

function nodeOf({ key, external, group, tags, kinds, owners, partitions }: OracleAsset): AssetNode {
  const nowhere = { file: null, line: null, column: null, description: null, checks: [] };
  return {
    ...nowhere,
    key: key as AssetKey,
    kind: external ? "source" : "typescript",
    group,
    tags,
    kinds,
    owners,
    partitions: partitions?.kind ?? null,
  };
}
