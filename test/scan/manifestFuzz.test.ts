import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { scanManifest } from "../../src/scan/manifest.ts";
import { readManifestMessage, writeManifestMessages } from "../../src/scan/manifestMessage.ts";

const real = readFileSync(new URL("fixtures/weather-v12.json", import.meta.url), "utf8");
const unread = new Set(["raw_code", "fqn", "checksum", "columns", "unrendered_config", "quoting"]);
/** Without what the reader passes over, so that most changes hit something. */
const small = JSON.stringify(JSON.parse(real, (name, value) => (unread.has(name) ? undefined : value)));

test("wherever a manifest is cut off, it is an error, and never thrown", () => {
  for (let length = 0; length < small.length; length += 7) {
    const { assets, problems } = check(small.slice(0, length));
    expect([assets.length, problems.length, problems[0]?.severity]).toEqual([0, 1, "error"]);
  }
});

test("whatever is written over its text, there is a graph or a problem", () => {
  const change = fc.record({
    at: fc.nat(small.length),
    deleted: fc.nat(60),
    piece: fc.oneof(
      fc.string({ maxLength: 4 }),
      fc.constantFrom(
        "null",
        "{}",
        "[]",
        '""',
        "1e999",
        "NaN",
        "{",
        "}",
        "[",
        "]",
        '"',
        ",",
        "\\u0000",
        "\uFEFF",
      ),
    ),
  });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), changes => {
      let text = small;
      for (const { at, deleted, piece } of changes)
        text = text.slice(0, at) + piece + text.slice(at + deleted);
      check(text);
    }),
    { numRuns: 300 },
  );
});

test("whatever stands in place of its values, there is a graph", () => {
  const strange = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(
      null,
      {},
      [],
      "",
      "__proto__",
      { __proto__: null, toString: 1 },
      "model.weather.stg_readings",
    ),
  );
  const paths = pathsOf(JSON.parse(small));
  let deepInNodes = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...paths), strange), { minLength: 1, maxLength: 10 }),
      changes => {
        const manifest = { it: JSON.parse(small) };
        for (const [path, value] of changes) {
          if (replace(manifest, ["it", ...path], value) && path[0] === "nodes" && path.length > 2)
            deepInNodes++;
        }
        check(JSON.stringify(manifest.it));
      },
    ),
    { numRuns: 300 },
  );
  // Most of what a manifest says stands inside of its nodes.
  expect(deepInNodes).toBeGreaterThan(300);
});

test("nodes that depend on any others, ephemeral ones among them, make a graph without edges to nowhere", () => {
  const id = (at: number) => `model.p.m${at}`;
  const node = fc.record({
    parents: fc.array(fc.nat(9), { maxLength: 5 }),
    materialized: fc.constantFrom("view", "ephemeral"),
  });
  fc.assert(
    fc.property(fc.array(node, { maxLength: 8 }), drawn => {
      const nodes = Object.fromEntries(
        drawn.map(({ parents, materialized }, at) => [
          id(at),
          { name: `m${at}`, config: { materialized }, depends_on: { nodes: parents.map(id) } },
        ]),
      );
      const { edges, assets } = check(JSON.stringify({ nodes }));
      // By definition: the assets that a walk over ephemeral models reaches.
      const reached = (at: number, seen: Set<number>): number[] =>
        drawn[at]?.parents.flatMap(parent => {
          if (seen.has(parent) || drawn[parent] === undefined) return [];
          seen.add(parent);
          return drawn[parent].materialized === "view" ? [parent] : reached(parent, seen);
        }) ?? [];
      const expected = drawn.flatMap((it, at) =>
        it.materialized === "view"
          ? reached(at, new Set()).flatMap(parent => (parent === at ? [] : [`m${parent} → m${at}`]))
          : [],
      );
      expect(assets).toHaveLength(drawn.filter(it => it.materialized === "view").length);
      expect(edges.map(it => `${it.from} → ${it.to}`).sort()).toEqual(expected.sort());
    }),
  );
});

function check(text: string) {
  const graph = scanManifest(text, "target/manifest.json");
  const keys = new Set<string>(graph.assets.map(it => it.key));
  expect(keys.size).toBe(graph.assets.length);
  for (const { from, to } of graph.edges) expect(keys.has(from) && keys.has(to) && from !== to).toBe(true);
  for (const { file, line, column, message } of graph.problems) {
    expect([typeof file, line >= 1, column >= 1, message.length > 10]).toEqual(["string", true, true, true]);
  }
  if (!graph.isReadable) expect(graph.problems.length).toBeGreaterThan(0);
  const parts = [...writeManifestMessages(graph)].map(readManifestMessage);
  expect(parts.flatMap(it => it.assets)).toEqual(JSON.parse(JSON.stringify(graph.assets)));
  expect(parts.at(-1)?.rest?.problems).toEqual(graph.problems);
  return graph;
}

/** The way to every value of a document, itself first. */
function pathsOf(value: unknown): string[][] {
  if (typeof value !== "object" || value === null) return [[]];
  return [[], ...Object.entries(value).flatMap(([name, it]) => pathsOf(it).map(path => [name, ...path]))];
}

/** False when what stood above it has been replaced by something else. */
function replace(value: unknown, [name = "", ...rest]: readonly string[], by: unknown): boolean {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return false;
  const holder = value as Record<string, unknown>;
  if (rest.length > 0) return replace(holder[name], rest, by);
  holder[name] = by;
  return true;
}
