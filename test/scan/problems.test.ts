import { expect, test } from "vitest";
import { scanFile } from "../../src/scan/scanFile.ts";
import { drawGraph, graphOf } from "./drawGraph.ts";

test("a computed key is left out and said so; the loaded definitions decide", () => {
  expect(
    problemsOf({
      "a.ts": `import { asset } from "millrace";
export const a = asset(\`weather/\${city}\`, {});
export const b = asset(nameOf(city), {});
export const c = asset("c", { inputs: { a } });`,
    }),
  ).toEqual([
    "info a.ts:2:24 The key of this asset is computed, so the scan leaves it out. The loaded definitions will decide; write it as a literal to see it here.",
    "info a.ts:3:24 The key of this asset is computed, so the scan leaves it out. The loaded definitions will decide; write it as a literal to see it here.",
    'info a.ts:4:41 The input "a" of asset "c" is computed, so its edge is left out. The loaded definitions will decide.',
  ]);
});

test("an asset that is made in a function or a loop is said to be left out", () => {
  expect(
    problemsOf({
      "a.ts": `import { asset } from "millrace";
export const all = cities.map(city => asset(\`weather/\${city}\`, {}));
function make(key: string) {
  return asset(key, {});
}
for (const key of keys) asset(key, {});`,
    }),
  ).toEqual([
    "info a.ts:2:39 This asset(…) is made when code runs, so the scan leaves it out. The loaded definitions will decide.",
    "info a.ts:4:10 This asset(…) is made when code runs, so the scan leaves it out. The loaded definitions will decide.",
    "info a.ts:6:25 This asset(…) is made when code runs, so the scan leaves it out. The loaded definitions will decide.",
  ]);
});

test("computed inputs, deps and options are left out and said so", () => {
  expect(
    problemsOf({
      "a.ts": `import { asset } from "millrace";
import { shared } from "@acme/assets";
export const a = asset("a", {});
export const b = asset("b", { inputs: inputsOf(a) });
export const c = asset("c", { inputs: { a, ...more(), [name]: a, d: isLarge ? a : b, shared } });
export const e = asset("e", { deps: [a, ...others] });
export const f = asset("f", optionsOf("f"));`,
    }),
  ).toEqual([
    "info a.ts:4:39 These inputs are computed, so their edges are left out. The loaded definitions will decide; write it as a literal to see it here.",
    "info a.ts:5:44 What this adds to the inputs is computed, so its edges are left out. The loaded definitions will decide; write it as a literal to see it here.",
    "info a.ts:5:55 What this adds to the inputs is computed, so its edges are left out. The loaded definitions will decide; write it as a literal to see it here.",
    'info a.ts:5:69 The input "d" of asset "c" is computed, so its edge is left out. The loaded definitions will decide.',
    'info a.ts:5:86 The input "shared" of asset "c" comes from "@acme/assets", which the scan does not follow, so its edge is left out. The loaded definitions will decide.',
    "info a.ts:6:37 Some of these deps are computed, so their edges are left out. The loaded definitions will decide; write it as a literal to see it here.",
    'info a.ts:7:29 The options of "f" are computed, so its inputs are left out. The loaded definitions will decide; write it as a literal to see it here.',
  ]);
});

test("a key that is declared twice is an error that names both places", () => {
  expect(
    problemsOf({
      "b.ts": `import { asset } from "millrace";\n\nexport const other = asset("shop/orders", {});`,
      "a.ts": `import { asset } from "millrace";\nexport const orders = asset("shop/orders", {});`,
    }),
  ).toEqual([
    'error b.ts:3:28 The key "shop/orders" is declared at a.ts:2 and at b.ts:3. Give each asset a key of its own.',
  ]);
});

test("a wrong key says what is wrong with it", () => {
  expect(
    problemsOf({ "a.ts": `import { asset } from "millrace";\nexport const a = asset("shop//orders", {});` }),
  ).toEqual([
    'error a.ts:2:24 The asset key "shop//orders" has an empty component. Write it like "raw/orders".',
  ]);
});

test("a source without its schema says how to write it", () => {
  expect(
    problemsOf({ "a.ts": `import { source } from "millrace";\nexport const a = source("orders");` }),
  ).toEqual(['error a.ts:2:25 "orders" names no table. Write schema and table: source("public.orders").']);
});

test("an input that is no asset is an error where it is written", () => {
  expect(
    problemsOf({
      "helpers.ts": `export function average() {}\nexport const limit = 5;\nexport class Reading {}\nexport enum Size { S }`,
      "a.ts": `import { asset, dailyPartitions } from "millrace";
import { average, limit, Reading, Size } from "./helpers.js";
import * as helpers from "./helpers.js";
const daily = dailyPartitions({ start: "2026-01-01" });
export const a = asset("a", {
  inputs: { average, limit, Reading, Size, helpers, daily, text: "raw", list: [], asset },
});`,
    }),
  ).toEqual([
    ...[
      [13, "average", "a function"],
      [22, "limit", "a number"],
      [29, "Reading", "a class"],
      [38, "Size", "an enum"],
      [44, "helpers", "a whole module"],
      [53, "daily", "a partitions definition"],
      [66, "text", "a string"],
      [79, "list", "an array"],
      [83, "asset", "Millrace's asset"],
    ].map(
      ([column, name, what]) =>
        `error a.ts:6:${column} The input "${name}" of asset "a" is ${what} instead of an asset or a source. Import the asset and name it here.`,
    ),
  ]);
});

test("an import that leads nowhere is an error at the import", () => {
  expect(
    problemsOf({
      "raw.ts": `import { asset } from "millrace";\nexport const rawOrders = asset("raw", {});`,
      "a.ts": `import { asset } from "millrace";
import { orders } from "./missing.js";
import { rawOrder, nothingLikeIt } from "./raw.js";
import raw from "./raw.js";
import * as all from "./raw.js";
export const a = asset("a", { inputs: { orders, rawOrder, nothingLikeIt, raw, b: all.nope, again: orders } });`,
    }),
  ).toEqual([
    'error a.ts:2:24 "./missing.js" is no file. Correct the path of this import.',
    'error a.ts:3:10 raw.ts exports no "rawOrder". Did you mean "rawOrders"?',
    'error a.ts:3:20 raw.ts exports no "nothingLikeIt". Export it there, or correct the name.',
    "error a.ts:4:8 raw.ts has no default export. Import by name: import { … }.",
    'error a.ts:5:8 raw.ts exports no "nope". Export it there, or correct the name.',
  ]);
});

test("imports that no asset needs are nobody's concern", () => {
  expect(
    problemsOf({
      "a.ts": `import { asset } from "millrace";\nimport { helper } from "./missing.js";\nexport const a = asset("a", { materialize: () => helper() });`,
    }),
  ).toEqual([]);
});

test("a dep by a key that nobody declares is a warning with a suggestion", () => {
  expect(
    problemsOf({
      "a.ts": `import { asset } from "millrace";\nexport const orders = asset("raw/orders", {});\nexport const a = asset("a", { deps: ["raw/ordrs", "somewhere/else"] });`,
    }),
  ).toEqual([
    'warning a.ts:3:38 A dep of asset "a" is "raw/ordrs", which no file declares. Did you mean "raw/orders"?',
    'warning a.ts:3:51 A dep of asset "a" is "somewhere/else", which no file declares. Correct the key, or declare it.',
  ]);
});

test("assets that need each other are one error for each circle, with the way around", () => {
  expect(
    problemsOf({
      "a.ts": `import { asset } from "millrace";
import { c } from "./c.js";
export const a = asset("a", { inputs: { c } });
export const below = asset("below", { inputs: { a } });
export const x = asset("x", { deps: ["y"] });
export const y = asset("y", { deps: ["x", "above"] });
export const above = asset("above", {});
export const same = asset("same", { inputs: { same } });`,
      "b.ts": `import { asset } from "millrace"; import { a } from "./a.js"; export const b = asset("b", { inputs: { a } });`,
      "c.ts": `import { asset } from "millrace"; import { b } from "./b.js"; export const c = asset("c", { inputs: { b } });`,
    }),
  ).toEqual([
    "error a.ts:3:41 These assets need each other: a → b → c → a. Remove one of these edges.",
    "error a.ts:5:38 These assets need each other: x → y → x. Remove one of these edges.",
    'error a.ts:8:47 The input "same" of asset "same" is the asset itself. Remove it, or give one of the two another key.',
  ]);
});

test("re-exports that go round in a circle end", () => {
  expect(
    problemsOf({
      "x.ts": `export * from "./y.js"; export { b } from "./y.js";`,
      "y.ts": `export * from "./x.js"; export { b } from "./x.js"; export const c = d, d = c;`,
      "a.ts": `import { asset } from "millrace"; import { a, b, c } from "./x.js";\nexport const z = asset("z", { inputs: { a, b, c } });`,
    }),
  ).toEqual([
    'error a.ts:1:44 x.ts exports no "a". Did you mean "b"?',
    'info a.ts:2:44 The input "b" of asset "z" is defined by itself, so its edge is left out. The loaded definitions will decide.',
    'info a.ts:2:47 The input "c" of asset "z" is defined by itself, so its edge is left out. The loaded definitions will decide.',
  ]);
});

test("many modules that re-export each other are searched once", () => {
  const stars = Array.from(
    { length: 12 },
    (_, at) => `export * from "./m${at}.js"; export { a${at} as b } from "./x.js";`,
  );
  const modules = Object.fromEntries(stars.map((_, at) => [`m${at}.ts`, stars.join("\n")]));
  expect(
    problemsOf({
      ...modules,
      "x.ts": stars.join("\n"),
      "a.ts": `import { asset } from "millrace"; import { a } from "./x.js";\nexport const z = asset("z", { inputs: { a } });`,
    }),
  ).toEqual(['error a.ts:1:44 x.ts exports no "a". Did you mean "b"?']);
});

test("a syntax error is placed exactly, and what stands around it is still read", () => {
  const scan = scanFile(
    `import { asset } from "millrace";
export const a = asset("a", {});
export const b = asset("b", { inputs: { a );
export const c = asset("c", { inputs: { a } });
`,
    "a.ts",
  );
  expect(scan.problems).toEqual([
    {
      file: "a.ts",
      line: 3,
      column: 43,
      severity: "error",
      message:
        'Syntax error: Unexpected token, expected ",". Until it is corrected, nothing in this file can run.',
    },
  ]);
  expect(scan.definitions.map(it => `${it.statement.start.line} ${it.key}`)).toEqual(["2 a", "4 c"]);
  expect(scan).toMatchObject({ broken: true, declares: true });
});

test("a statement that is wrong from its beginning takes no other along", () => {
  const scan = scanFile(
    `import { asset } from "millrace";\nexport const a = asset("a", {});\nexport cnst b = 5;\nexport const c = asset("c", {});`,
    "a.ts",
  );
  expect(scan.problems).toMatchObject([{ line: 3, column: 8 }]);
  expect(scan.definitions.map(it => it.key)).toEqual(["a", "c"]);
});

test("a statement that is not ended does not take the next one along", () => {
  const scan = scanFile(
    `import { asset } from "millrace";\nexport const a = asset("a", {\n\nexport const b = asset("b", {});\n`,
    "a.ts",
  );
  expect(scan.problems).toMatchObject([{ line: 4, column: 8 }]);
  expect(scan.definitions.map(it => it.key)).toEqual(["b"]);
});

test("what a broken statement would declare is not missed by the others of its file", () => {
  expect(
    problemsOf({
      "a.ts": `import { asset } from "millrace";\nexport const a = asset("a" "b");\nexport const c = asset("c", { inputs: { a } });`,
    }),
  ).toEqual([expect.stringMatching(/^error a.ts:2:28 Syntax error/)]);
});

test("a broken file raises no errors in the files that import it", () => {
  expect(
    problemsOf({
      "a.ts": `import { asset } from "millrace";\nexport const a = asset("a", {{);`,
      "b.ts": `import { asset } from "millrace";\nimport { a } from "./a.js";\nexport const b = asset("b", { inputs: { a } });`,
    }),
  ).toMatchObject([expect.stringMatching(/^error a.ts:2:30 Syntax error/)]);
});

test.each([
  [
    "binary",
    `import { asset } from "millrace";\0\0`,
    "The file is binary, so the scan does not read it. Save it as UTF-8 text.",
  ],
  [
    "huge",
    `import { asset } from "millrace";${" ".repeat(2 * 1024 * 1024)}`,
    "The file is larger than 2 MB, so the scan does not read it. Split it.",
  ],
  [
    "nested beyond reason",
    `import { asset } from "millrace"; export const a = ${"[".repeat(100_000)}`,
    "The file could not be parsed (Maximum call stack size exceeded). Split it, or simplify its nesting.",
  ],
])("a file that is %s is a problem, not a crash", (_, text, message) => {
  expect(scanFile(text, "a.ts")).toMatchObject({
    definitions: [],
    problems: [{ line: 1, column: 1, message }],
  });
});

function problemsOf(files: Record<string, string>) {
  const graph = graphOf(files);
  return drawGraph({ ...graph, assets: [] })
    .split("\n")
    .filter(Boolean);
}

test("what is declared and not exported is told at its line, with what to write", () => {
  expect(
    problemsOf({
      "a.ts": `import { asset, schedule, sqlAsset } from "millrace";
const hello = asset("hello", {});
asset("raw/new-orders", {}).checks(() => []);
const first = asset("first", {}), second = asset("second", { inputs: { first } });
const ordered = asset("ordered", {});
export const last = asset("last", { deps: [ordered] });
const daily = schedule("daily", { cron: "0 6 * * *", assets: [ordered] });`,
    }),
  ).toEqual([
    'warning a.ts:2:1 The asset "hello" is not exported, so it cannot be run: write "export const hello = asset(…)".',
    'warning a.ts:3:1 The asset "raw/new-orders" is not exported, so it cannot be run: write "export const newOrders = asset(…)".',
    'warning a.ts:4:7 The asset "first" is not exported, so it cannot be run: write "export const first = asset(…)".',
    'warning a.ts:4:35 The asset "second" is not exported, so it cannot be run: write "export const second = asset(…)".',
    'warning a.ts:5:1 The asset "ordered" is not exported, so it cannot be run: write "export const ordered = asset(…)".',
    'warning a.ts:7:1 The schedule "daily" is not exported, so it cannot be run: write "export const daily = schedule(…)".',
  ]);
});

test("what is exported in another way, or found with what needs it, is in order", () => {
  expect(
    problemsOf({
      "a.ts": `import { asset, source } from "millrace";
const input = asset("input", {});
const between = asset("between", { inputs: { input: input.last() } });
export const last = asset("last", { inputs: { between } });
const listed = asset("listed", {});
export const all = [listed];
const named = asset("named", {});
const checked = asset("checked", {}).checks(() => []);
export { named, checked as renamed };
const given = asset("given", {});
register(given);
register(asset("inline", {}));
const orders = source("raw.orders");
const default_ = asset("default", {});
export default default_;`,
    }),
  ).toEqual([]);
});

test("an option that does not exist is told where it is written, with the one that was meant", () => {
  expect(
    problemsOf({
      "a.ts": `import { asset, schedule, source, sqlAsset } from "millrace";
export const a = asset("a", {
  descripton: "x", materialise: () => [], ...shared });
export const b = sqlAsset("b", { materialize: () => [] });
export const c = source("raw.c", { checks: [] });
export const d = schedule("d", { crons: "0 6 * * *", asset: [a] });`,
    }),
  ).toEqual([
    'error a.ts:3:3 The option "descripton" of asset "a" does not exist. Did you mean "description"?',
    'error a.ts:3:20 The option "materialise" of asset "a" does not exist. Did you mean "materialize"?',
    'error a.ts:4:34 The option "materialize" of asset "b" does not exist. The options are description, group, tags, owners, kinds, codeVersion, inputs, deps, resources, io, columns, partitions, backfill, pool, automation, freshness, checks, previousKeys, sql.',
    'error a.ts:5:36 The option "checks" of source "raw.c" does not exist. The options are description, group, tags, owners, io, partitions.',
    'error a.ts:6:34 The option "crons" of schedule "d" does not exist. Did you mean "cron"?',
    'error a.ts:6:54 The option "asset" of schedule "d" does not exist. Did you mean "assets"?',
  ]);
});

test("partitions whose literals make none are told where they are written; what is computed is let be", () => {
  expect(
    problemsOf({
      "a.ts": `import { cronPartitions, dailyPartitions, multiPartitions, staticPartitions } from "millrace";
const start = "2026-13-01";
export const daily = dailyPartitions({ start, timezone: "Europe/Berlln", from: 1, end: endOf(start) });
export const multi = multiPartitions({ day: dailyPartitions({ start: "2026-01-01", hourOffset: 24 }), city: cities });
export const cron = cronPartitions({ cron: "0 25 * * *", start: someday });
export const fixed = staticPartitions(["a", "b", "a", ...more]);
export const none = dailyPartitions({ end: "2026-01-01" });
export const right = dailyPartitions({ start: someday, exclude: ["2026-01-01"] });
export const alsoRight = dailyPartitions({ ...shared, keyFormat: 5 });`,
    }),
  ).toEqual([
    'error a.ts:3:40 "start" of daily partitions is "2026-13-01". Write a date "2026-01-31" or a time "2026-01-31T06:30".',
    'error a.ts:3:57 "timezone" of daily partitions is "Europe/Berlln". Write a name of the IANA database, such as "Europe/Berlin" or "UTC".',
    'error a.ts:3:74 The option "from" of daily partitions does not exist. The options are start, end, timezone, cron, keyFormat, minuteOffset, hourOffset, dayOffset, endOffset, exclude.',
    'error a.ts:4:96 "hourOffset" of daily partitions is 24. Write an hour of the day, 0 to 23.',
    'error a.ts:5:44 "cron" of cron partitions is "0 25 * * *". In the cron "0 25 * * *" "25" is no hour. Write a number from 0 to 23.',
    'error a.ts:6:22 The partition key "a" is listed twice. Remove one of the two.',
    'error a.ts:7:21 "start" of daily partitions is missing. Write dailyPartitions({ start: "2026-01-01" }).',
  ]);
});

test("what is certainly no key, no options and no inputs is an error before it is loaded", () => {
  expect(
    problemsOf({
      "a.ts": `import { asset } from "millrace";
export const a = asset({ key: "a", materialize: () => [] });
export const b = asset("b", () => []);
export const c = asset("c", { inputs: [b] });`,
    }),
  ).toEqual([
    'error a.ts:2:24 The key of this asset is an object. Write asset("raw/orders", { … }).',
    'error a.ts:3:29 The options of "b" are a function. Write asset("b", { materialize: () => rows }).',
    "error a.ts:4:39 These inputs are an array. Write them by name: inputs: { readings }.",
  ]);
});
