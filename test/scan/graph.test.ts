import { expect, test } from "vitest";
import { drawGraph, graphOf } from "./drawGraph.ts";

test("a workspace of several files is one graph", () => {
  const graph = graphOf({
    "assets/raw.ts": `import { asset, source } from "millrace";

const measured = source("stations.measured", { description: "Somebody else's." });

export const rawWeather = asset("raw_weather", {
  inputs: { measured },
  materialize: () => [],
});
`,
    "assets/cleaned.ts": `import { asset, dailyPartitions, notNull, stream } from "millrace";
import { rawWeather } from "./raw.js";

const daily = dailyPartitions({ start: "2026-01-01", timezone: "UTC" });

export const cleaned = asset("weather/cleaned", {
  description: "Without doubles.",
  group: "weather",
  tags: { priority: "high" },
  owners: ["ada@example.com", "team:weather"],
  kinds: ["csv"],
  partitions: daily,
  inputs: { rawWeather: stream(rawWeather) },
  checks: [notNull("city"), { name: "plausible", blocking: true, sql: "celsius < 60" }],
  materialize: ({ rawWeather }) => rawWeather,
});
`,
    "assets/cities.ts": `import { asset } from "millrace";
import { cleaned } from "./cleaned.js";
import { rawWeather } from "./raw.js";

export const cities = asset("weather/cities", {
  inputs: { cleaned: cleaned.last() },
  deps: [rawWeather, "weather/cleaned", "stations/measured"],
  materialize: () => [],
}).checks(({ rows }) => [rows("complete", async () => true)]);
`,
  });

  expect(drawGraph(graph)).toBe(
    [
      "assets/cities.ts:5:1 weather/cities checks:complete ← weather/cleaned, (raw_weather), (stations/measured)",
      "assets/cleaned.ts:6:1 weather/cleaned group:weather {daily from 2026-01-01} checks:notNull(city)|plausible owners:ada@example.com|team:weather kinds:csv tag:priority=high ← raw_weather",
      "assets/raw.ts:3:1 stations/measured [source]",
      "assets/raw.ts:5:1 raw_weather ← stations/measured",
    ].join("\n"),
  );
});

test("an input is followed through renamed, default and namespace imports and through re-exports", () => {
  const graph = graphOf({
    "a.ts": `import { asset } from "millrace";
export const first = asset("first", { materialize: () => [] });
const second = asset("second", { materialize: () => [] });
export { second as zweite };
export default asset("third", { materialize: () => [] });
export const shop = { fourth: asset("fourth", { materialize: () => [] }) };`,
    "barrel/index.ts": `export * from "./inner";
export { default as third } from "../a.ts";`,
    "barrel/inner.ts": `export * from "../a.js";
export * as everything from "../a.js";`,
    "z.ts": `import { asset as define } from "millrace";
import { first as one, zweite, third, shop, everything } from "./barrel";
import byDefault from "./a.js";
import * as all from "./barrel/index.js";
const alias = one;
const { fourth } = shop;
export const viaNames = define("names", { inputs: { one, zweite, third, fourth: shop.fourth } });
export const viaSpaces = define("spaces", { inputs: { a: all.first, b: everything.zweite, c: byDefault, d: all.shop.fourth.last() } });
export const viaAliases = define("aliases", { inputs: { alias, fourth, c: (byDefault as unknown)!, ...{ zweite } } });`,
  });

  expect(drawGraph(graph)).toBe(
    [
      "a.ts:2:1 first",
      "a.ts:3:1 second",
      "a.ts:5:1 third",
      "a.ts:6:23 fourth",
      "z.ts:7:1 names ← first, second, third, fourth",
      "z.ts:8:1 spaces ← first, second, third, fourth",
      "z.ts:9:1 aliases ← first, fourth, third, second",
    ].join("\n"),
  );
});

test("the SDK is recognised by what is imported, whatever it is called", () => {
  const graph = graphOf({
    "a.ts": `import * as m from "millrace";
import { source as table, type asset as unused } from "millrace";
import { asset } from "somebody-else";
export const none = asset("not ours", {});
export const some = m.asset("some", { inputs: { orders: table("shop.orders") }, partitions: m.weeklyPartitions({ start: "2026-02-02", timezone: "Europe/Berlin" }) });
export const inSql = m.sqlAsset("in_sql", { inputs: { some }, sql: "select 1" });
export const byCommand = m.commandAsset("by_command", { inputs: { inSql }, command: ["true"] });
export const many = m.multiAsset({ x: m.source("not.read") });`,
  });

  expect(drawGraph(graph)).toBe(
    [
      "a.ts:5:1 some {weekly from 2026-02-02, Europe/Berlin} ← shop/orders",
      "a.ts:5:57 shop/orders [source]",
      "a.ts:6:1 in_sql ← some",
      "a.ts:7:1 by_command ← in_sql",
      "a.ts:8:36 not/read [source]",
    ].join("\n"),
  );
});

test("options may be spread, conditional, and kept in constants", () => {
  const graph = graphOf({
    "a.ts": `import { asset, staticPartitions } from "millrace";
const shared = { group: "shop", owners: ["team:shop"] } as const;
const key = "shop/orders";
const group = \`other\`;
const isLarge = process.argv.length > 2;
export const orders = asset(key, { ...shared, ...(isLarge ? { tags: { size: "large" } } : {}), description: isLarge ? "a" : "b" });
const options = { group, inputs: { orders }, partitions: staticPartitions(["berlin", "paris"]) };
export const lines = asset(\`shop/lines\`, options);
const inputs = { orders, lines };
export const both = asset("shop/both", { inputs, partitions: isLarge ? options.partitions : undefined });`,
  });

  expect(drawGraph(graph)).toBe(
    [
      "a.ts:6:1 shop/orders group:shop owners:team:shop",
      "a.ts:8:1 shop/lines group:other {static: berlin, paris} ← shop/orders",
      "a.ts:10:1 shop/both {partitioned} ← shop/orders, shop/lines",
    ].join("\n"),
  );
});

test("partitions are told in words, also those of another file", () => {
  const graph = graphOf({
    "partitions.ts": `import * as m from "millrace";
export const hourly = m.hourlyPartitions({ start: "2026-01-01", end: "2026-02-01", timezone: "UTC" });
export const cities = m.staticPartitions(["a", "b", "c", "d", "e"]);
export const clients = m.dynamicPartitions({ name: "clients" });
export const both = m.multiPartitions({ day: hourly, city: cities });
export const odd = m.cronPartitions({ cron: "0 6 * * 1", start: "2026-01-01" });
export const unknown = makePartitions();`,
    "z.ts": `import { asset } from "millrace";
import * as by from "./partitions.js";
import { hourly } from "./partitions.js";
export const a = asset("a", { partitions: hourly });
export const b = asset("b", { partitions: by.cities });
export const c = asset("c", { partitions: by.clients });
export const d = asset("d", { partitions: by.both });
export const e = asset("e", { partitions: by.odd });
export const f = asset("f", { partitions: by.unknown });`,
  });

  expect(graph.assets.map(it => it.partitions)).toEqual([
    "hourly from 2026-01-01 to 2026-02-01",
    "static (5)",
    "dynamic: clients",
    "day × city",
    "0 6 * * 1 from 2026-01-01",
    "partitioned",
  ]);
  expect(graph.problems).toEqual([]);
});

test("an asset that needs its own earlier partitions has an edge to itself", () => {
  const graph = graphOf({
    "a.ts": `import { asset, self } from "millrace";
export const total = asset("total", { inputs: { before: self.window(-1, -1) } });
export const report = asset("report", { inputs: { total } });`,
  });
  expect(drawGraph(graph)).toBe("a.ts:2:1 total ← total\na.ts:3:1 report ← total");
});

test("an asset stands before a source of the same key; two sources of one table are one", () => {
  const graph = graphOf({
    "a.ts": `import { source } from "millrace"; export const orders = source("shop.orders");`,
    "b.ts": `import { asset, source } from "millrace";
export const orders = asset("shop/orders", {});
export const report = asset("report", { inputs: { a: source("shop.orders"), b: source("shop.lines") } });
export const other = asset("other", { inputs: { a: source("shop.lines") } });`,
  });
  expect(graph.assets.map(it => `${it.kind} ${it.key}`)).toEqual([
    "typescript shop/orders",
    "typescript report",
    "source shop/lines",
    "typescript other",
  ]);
  expect(graph.problems).toEqual([]);
});

test.each([
  ["./raw.js", "raw.ts"],
  ["./raw.js", "raw.tsx"],
  ["./raw.js", "raw.js"],
  ["./raw.ts", "raw.ts"],
  ["./raw.mjs", "raw.mts"],
  ["./raw.cjs", "raw.cts"],
  ["./raw", "raw.ts"],
  ["./raw", "raw.mjs"],
  ["./raw", "raw/index.ts"],
  ["./raw/", "raw/index.js"],
  ["./v1.2", "v1.2.ts"],
  [".", "index.ts"],
  ["../here/raw.js", "raw.ts"],
])("an import of %s finds %s", (specifier, file) => {
  const { edges, problems } = graphOf({
    [`here/${file}`]: `import { asset } from "millrace"; export const raw = asset("raw", {});`,
    "here/z.ts": `import { asset } from "millrace"; import { raw } from "${specifier}"; export const z = asset("z", { inputs: { raw } });`,
  });
  expect(problems).toEqual([]);
  expect(edges).toEqual([{ from: "raw", to: "z", kind: "input" }]);
});

test("a constant that spreads itself ends", () => {
  const graph = graphOf({
    "a.ts": `import { asset } from "millrace";
const more = { ...more, group: "shop" };
export const a = asset("a", more);`,
  });
  expect(drawGraph(graph)).toBe("a.ts:3:1 a group:shop");
});

test("inputs and deps that say which partitions they need are followed to their assets", () => {
  const graph = graphOf({
    "a.ts": `import { asset, dailyPartitions, dynamicPartitions, self, source, sql, sqlAsset, stream } from "millrace";
export const daily = dailyPartitions({ start: "2026-01-01" });
export const raw = asset("raw", { partitions: daily, materialize: () => [] });
const measured = source("stations.measured", { partitions: daily });
const week = raw.window(-6, 0);
export const customers = asset("customers", { partitions: dynamicPartitions("customers"), materialize: () => [] });
export const all = sqlAsset("all", {
  inputs: {
    week,
    latest: raw.last(),
    measured: measured.window(-1, 0, { allowNonexistent: true }),
    customers: customers.mapping({ keys: ["ada"] }),
    streamed: stream(raw.window(-1, -1)),
    streamedToo: stream(raw).all(),
  },
  deps: [self.window(-1, -1)],
  partitions: daily,
  backfill: { partitionsPerRun: 10 },
  sql: ({ week }) => sql\`select city from \${week}\`,
});`,
  });
  expect(graph.problems).toEqual([]);
  expect(drawGraph(graph)).toBe(
    [
      "a.ts:3:1 raw {daily from 2026-01-01}",
      "a.ts:4:1 stations/measured [source] {daily from 2026-01-01}",
      "a.ts:6:1 customers {dynamic: customers}",
      "a.ts:7:1 all {daily from 2026-01-01} ← raw, stations/measured, customers, (all)",
    ].join("\n"),
  );
});
