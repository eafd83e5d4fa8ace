import { expect, test } from "vitest";
import { scanFile } from "../../src/scan/scanFile.ts";
import { graphOf } from "./drawGraph.ts";

test("a definition knows its statement, its key, its variable and where its inputs are written", () => {
  const scan = scanFile(
    `import { asset } from "millrace";
import { orders } from "./orders.js";

/** Lines of orders. */
export const lines = asset("shop/lines", {
  inputs: { orders, other: orders.last() },
  deps: ["raw"],
});
`,
    "assets/lines.ts",
  );

  expect(scan.definitions[0]).toMatchObject({
    key: "shop/lines",
    variable: "lines",
    statement: { start: { line: 5, column: 1 }, end: { line: 8, column: 4 } },
    keyRange: { start: { line: 5, column: 28 }, end: { line: 5, column: 40 } },
    inputs: [
      { name: "orders", range: { start: { line: 6, column: 13 }, end: { line: 6, column: 19 } } },
      { name: "other", range: { start: { line: 6, column: 28 }, end: { line: 6, column: 41 } } },
    ],
    deps: [{ name: null, range: { start: { line: 7, column: 10 }, end: { line: 7, column: 15 } } }],
  });
});

test.each([
  [
    "two assets in one statement",
    `export const a = asset("a", {}), b = asset("b", {});`,
    ["1:14 a", "1:34 b"],
  ],
  [
    "assets in an array",
    `export const all = [\n  asset("a", {}),\n  asset("b", {}),\n];`,
    ["2:3 a", "3:3 b"],
  ],
  ["assets in an object", `export const all = {\n  a: asset("a", {}),\n};`, ["2:3 a"]],
  ["a default export", `export default asset("a", {});`, ["1:1 a"]],
  ["an asset in a wrapper", `export const a = withRetries(asset("a", {}), 3);`, ["1:30 a"]],
  ["an asset with types", `export const a = asset<Row[]>("a", {}) satisfies Asset as Asset;`, ["1:1 a"]],
  ["a choice of two", `export const a = isLarge ? asset("a", {}) : asset("b", {});`, ["1:28 a", "1:45 b"]],
  ["a method after it", `export const a = asset("a", {})\n  .checks(() => [])\n  .frozen();`, ["1:1 a"]],
])("found: %s", (_, text, expected) => {
  expect(placesOf(text)).toEqual(expected);
});

test("found: an asset that nobody holds", () => {
  const { definitions } = scanFile(`import { asset } from "millrace";\nasset("a", {});`, "a.ts");
  expect(definitions.map(it => it.key)).toEqual(["a"]);
});

test.each([
  ["in a line comment", `// asset("a", {})`],
  ["in a block comment", `/*\nexport const a = asset("a", {});\n*/`],
  ["in a string", `const text = 'export const a = asset("a", {})';`],
  ["in a template", "const text = `\nexport const a = asset('a', {});\n`;"],
  ["of another object", `const a = store.asset("a", {});`],
  ["as a type", `let a: ReturnType<typeof asset>;`],
])("not found: what looks like an asset %s", (_, text) => {
  const scan = scanFile(`import { asset } from "millrace";\n${text}\n`, "a.ts");
  expect(scan.definitions).toEqual([]);
  expect(scan.problems).toEqual([]);
});

test.each([
  [
    "a.ts",
    "TypeScript",
    `enum Size { S, M }\nfunction of<T extends object>(x: T): T { return <T>x; }\nabstract class A<T> { private x?: T; constructor(readonly y: T) {} declare z: number; override toString(): string { return ""; } }\nnamespace N { export const x = 1; }\ndeclare module "x" {}\ntype T = typeof import("x");\nconst t = { a: 1 } satisfies object;\nimport fs = require("fs");`,
  ],
  [
    "a.tsx",
    "JSX and generics",
    `const view = <T,>(props: { of: T }) => <div className="x">{String(props.of)} asset("no")</div>;`,
  ],
  ["a.js", "JSX in JavaScript", `export const view = () => <b>{1 < 2}</b>;`],
  ["a.mjs", "plain JavaScript", `await import("./x.js");`],
  [
    "a.ts",
    "decorators",
    `@sealed export class A { @log() run(@Inject() x: number) {} accessor y = 1; }\nexport @sealed class B {}`,
  ],
  ["a.ts", "'use strict'", `'use strict';`],
  [
    "a.mts",
    "resources and attributes",
    `import x from "./x.json" with { type: "json" };\nusing y = open();\nawait using z = open();\nconst r = /[\\p{L}--[a]]/v;`,
  ],
  ["a.ts", "a hashbang", "", "#!/usr/bin/env node\n"],
])("%s: %s is read", (file, _, text, before = "") => {
  const scan = scanFile(
    `${before}${text}\nimport { asset } from "millrace";\nexport const a = asset("a", {});\n`,
    file,
  );
  expect(scan.problems).toEqual([]);
  expect(scan.definitions.map(it => it.key)).toEqual(["a"]);
});

test("keys and descriptions may hold any Unicode, also as escapes", () => {
  const scan = scanFile(
    `import { asset } from "millrace";\nexport const größe = asset("größe/日本/\\u{1F30D}", { description: "naïve 🌦" });\nexport const next = asset("next", { inputs: { größe } });`,
    "a.ts",
  );
  expect(scan.definitions[0]).toMatchObject({
    key: "größe/日本/🌍",
    description: "naïve 🌦",
    variable: "größe",
  });
  expect(scan.definitions[1]?.inputs[0]?.value).toEqual({ is: "name", path: ["größe"] });
});

test("a column counts as an editor counts it: emoji as two, tabs as one", () => {
  const scan = scanFile(
    `import { asset } from "millrace";\n\t/* 🌍 */ export const a = asset("a", {});`,
    "a.ts",
  );
  expect(scan.definitions[0]?.statement.start).toEqual({ line: 2, column: 11 });
});

test.each([
  ["CRLF", "\r\n"],
  ["CR", "\r"],
  ["LF", "\n"],
])("lines that end in %s are counted", (_, end) => {
  const scan = scanFile(
    ['import { asset } from "millrace";', "", "/*", "*/", 'export const a = asset("a", {});'].join(end),
    "a.ts",
  );
  expect(scan.definitions[0]?.statement.start).toEqual({ line: 5, column: 1 });
});

test("a byte order mark moves no column", () => {
  const scan = scanFile(`\uFEFFimport { asset } from "millrace"; export const a = asset("a", {});`, "a.ts");
  expect(scan.definitions[0]?.statement.start).toEqual({ line: 1, column: 35 });
  expect(scan.problems).toEqual([]);
});

test.each([
  [`import { asset } from "millrace";`, true],
  [`import * as m from 'millrace';`, true],
  [`import { resource, type Row } from "millrace";`, true],
  [`import type { Row } from "millrace";`, false],
  [`import { type Row } from "millrace";`, false],
  [`import { materialize } from "millrace"; await materialize([]);`, false],
  [`import { postgresTable } from "millrace/postgres";`, false],
  [`const name = "millrace";`, false],
  [`// import { asset } from "millrace";`, false],
])("%s makes an asset file: %s", (text, expected) => {
  expect(scanFile(text, "a.ts").declares).toBe(expected);
});

test("names that objects are born with are ordinary names", () => {
  const scan = scanFile(
    `import { asset } from "millrace";
export const constructor = asset("constructor", { tags: { __proto__: "x", toString: "y" } });
export const __proto__ = asset("__proto__", { inputs: { constructor, toString: constructor } });`,
    "a.ts",
  );
  expect(scan.problems).toEqual([]);
  expect(scan.definitions[1]?.inputs.map(it => it.name)).toEqual(["constructor", "toString"]);
});

function placesOf(text: string) {
  const { definitions, problems } = scanFile(`${text}\nimport { asset } from "millrace";`, "a.ts");
  expect(problems).toEqual([]);
  return definitions.map(({ key, statement: { start } }) => `${start.line}:${start.column} ${key}`);
}

test.each([
  ["eager()", "eager"],
  ["eager().ignore(a)", "eager"],
  [`onCron("0 6 * * *", { timezone: "Europe/Berlin" })`, `on cron "0 6 * * *"`],
  [`and(missing(), not(inProgress())).labelled("holes")`, "holes"],
  [`anyDeps(newlyUpdated()).since(cronTickPassed("0 * * * *"))`, "a condition of its own"],
  ["hourlyRule", `on cron "0 * * * *"`],
  ["decide()", "a condition of its own"],
])("automation: %s is told as %s", (written, words) => {
  const { assets } = graphOf({
    "a.ts": `import { asset, and, anyDeps, cronTickPassed, eager, freshWithin, inProgress, missing, newlyUpdated, not, onCron } from "millrace";
import { hourlyRule } from "./rules.ts";
export const a = asset("a", { freshness: freshWithin("90 min"), automation: ${written} });`,
    "rules.ts": `import { onCron } from "millrace";\nexport const hourlyRule = onCron("0 * * * *");`,
  });
  expect(assets[0]).toMatchObject({ automation: words, freshness: "within 1 h 30 min" });
});

test("where a rule is written is known, on a line of its own or in options that stand elsewhere", () => {
  const { definitions } = scanFile(
    `import { asset, eager } from "millrace";
const common = { automation: eager() };
export const a = asset("a", {
  automation: eager(),
});
export const b = asset("b", { ...common });
export const c = asset("c");`,
    "a.ts",
  );
  expect(definitions.map(it => it.automationAt)).toEqual([
    { line: 4, column: 3 },
    { line: 2, column: 18 },
    null,
  ]);
});
