import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { eager } from "../../src/model/conditionForms.ts";
import { readDbt } from "../../src/scan/dbtScan.ts";
import { joinLoaded } from "../../src/scan/joinLoaded.ts";
import { createWorkspaceScan, scanWorkspace } from "../../src/scan/workspace.ts";
import { type Project, writeProject } from "../support/project.ts";
import { drawGraph } from "./drawGraph.ts";

let project: Project;
afterEach(() => project.remove());

const sources = `
version: 2
sources:
  - name: raw
    schema: assets
    description: |
      - name: not a table
    tables:
    - name: readings
    - name: "stations"
      identifier: weather_stations
`;
const exposures = `
exposures:
  - type: dashboard
    name: report
    depends_on: [ref('mart'), ref('shop', 'clean')]
`;
/** A project that dbt has not parsed; `mart` is in a configured schema. */
const dbt = {
  "dbt/dbt_project.yml": `
name: shop
model-paths: [models]   # the usual
models:
  shop:
    mid: { +materialized: view }
    inner:
      +materialized: ephemeral
    marts:
      +schema: marts
`,
  "dbt/models/sources.yml": sources,
  "dbt/models/marts/exposures.yml": exposures,
  "dbt/models/clean.sql": "select * from {{ source('raw', 'readings') }} -- {# {{ ref('nothing') }} #}",
  "dbt/models/inner/mid.sql": `select * from {{ ref("clean") }} join {{ ref('cities') }}`,
  "dbt/models/marts/mart.sql": "{{ config(alias='m') }} select * from {{ ref('mid') }}",
  "dbt/seeds/cities.csv": "city\n",
};
const rawReadings = `import { asset } from "millrace";\nexport const raw = asset("readings", {});\n`;

function reader(input: string) {
  return `import { asset, dbtModel } from "millrace";\nexport const top = asset("top", { inputs: { it: ${input} } });\n`;
}

/** The manifest that dbt would write for the project above, as far as it matters. */
function manifestText(more: Record<string, unknown> = {}) {
  const model = (name: string, file: string, nodes: string[], fields = {}) => [
    `model.shop.${name}`,
    { name, original_file_path: file, depends_on: { nodes }, schema: "dev", alias: name, ...fields },
  ];
  return JSON.stringify({
    metadata: { project_name: "shop", generated_at: "2026-01-01T12:00:00.000000Z" },
    nodes: Object.fromEntries([
      model("clean", "models/clean.sql", ["source.shop.raw.readings"]),
      model("mart", "models/marts/mart.sql", ["model.shop.clean"], { config: { schema: "marts" } }),
      [
        "model.other.extra",
        {
          name: "extra",
          original_file_path: "models\\extra.sql",
          depends_on: { nodes: ["model.shop.mart"] },
        },
      ],
    ]),
    sources: {
      "source.shop.raw.readings": {
        name: "readings",
        source_name: "raw",
        schema: "assets",
        description: "As it came.",
        original_file_path: "models/sources.yml",
      },
    },
    ...more,
  });
}

test("without a manifest, the SQL files' own ref and source are the graph, joined to TypeScript both ways", async () => {
  project = await writeProject({
    ...dbt,
    "a.ts": rawReadings,
    "top.ts": reader(`dbtModel("mart")`),
  });
  const graph = await scanWorkspace(project.root);
  expect(drawGraph(graph)).toMatchInlineSnapshot(`
    "a.ts:2:1 readings
    top.ts:2:1 top ← marts/mart
    dbt/models/clean.sql:1:1 clean [dbt] kinds:dbt ← readings
    dbt/models/marts/mart.sql:1:1 marts/mart [dbt] kinds:dbt ← clean, cities
    dbt/seeds/cities.csv:1:1 cities [dbt] kinds:dbt
    dbt/models/sources.yml:10:1 raw/stations [source]
    dbt/models/marts/exposures.yml:4:1 report [exposure] kinds:dashboard ← marts/mart, clean
    info dbt/dbt_project.yml:1:1 dbt has not parsed this project yet, so its graph is what the SQL files tell. Run "dbt parse" in dbt."
  `);
  expect(graph.dbt).toMatchObject({
    name: "shop",
    folder: "dbt",
    graph: "provisional",
    parsedAt: null,
    changes: [],
  });
});

test("with a manifest, files are found in the project and its packages, lines of sources in their YAML", async () => {
  project = await writeProject({
    ...dbt,
    "dbt/target/manifest.json": manifestText(),
    "a.ts": `import { asset } from "millrace";\nexport const raw = asset("elsewhere", {});\n`,
  });
  const { assets } = await scanWorkspace(project.root);
  expect(assets.map(it => `${it.key} ${it.file}:${it.line}`)).toEqual([
    "elsewhere a.ts:2",
    "clean dbt/models/clean.sql:1",
    "marts/mart dbt/models/marts/mart.sql:1",
    "extra dbt/dbt_packages/other/models/extra.sql:1",
    "raw/readings dbt/models/sources.yml:9",
  ]);
});

test.each([
  ["by its default table", `asset("readings", {})`, "readings"],
  [
    "by the table that its io names",
    `asset("x/y", { io: postgresTable({ schema: "assets", table: "readings" }) })`,
    "x/y",
  ],
  ["by the key that dbt gives the source", `asset("raw/readings", { io: myFiles() })`, "raw/readings"],
])("a TypeScript asset feeds a dbt source %s", async (_, text, key) => {
  project = await writeProject({
    ...dbt,
    "dbt/target/manifest.json": manifestText(),
    "a.ts": `import { asset } from "millrace";\nimport { postgresTable } from "millrace/postgres";\nexport const it = ${text};\n`,
  });
  const { assets, edges } = await scanWorkspace(project.root);
  expect(assets.filter(it => it.kind !== "dbt")).toMatchObject([
    { key, kind: "typescript", feeds: ["source.shop.raw.readings"], description: "As it came." },
  ]);
  expect(edges).toContainEqual({ from: key, to: "clean", kind: "input" });
});

test("an asset that is stored somewhere else feeds no source of the same name", async () => {
  project = await writeProject({
    ...dbt,
    "dbt/target/manifest.json": manifestText(),
    "a.ts": `import { asset } from "millrace";\nexport const it = asset("readings", { io: myFiles() });\n`,
  });
  const { edges } = await scanWorkspace(project.root);
  expect(edges).toContainEqual({ from: "raw/readings", to: "clean", kind: "input" });
});

test("the configured schema of assets is where they live", async () => {
  project = await writeProject({
    ...dbt,
    "millrace.json": `{ "assetSchema": "lake" }`,
    "dbt/target/manifest.json": manifestText().replace('"schema":"assets"', '"schema":"lake"'),
    "a.ts": rawReadings,
  });
  const { edges } = await scanWorkspace(project.root);
  expect(edges).toContainEqual({ from: "readings", to: "clean", kind: "input" });
});

test.each([
  [`dbtModel("mart")`, "marts/mart"],
  [`dbtModel<{ city: string }>("shop.mart").last()`, "marts/mart"],
  [`stream(dbtModel("extra"))`, "extra"],
  [`source("dev.clean")`, "clean"],
])("the input %s is the model %s", async (input, key) => {
  project = await writeProject({
    ...dbt,
    "dbt/target/manifest.json": manifestText(),
    "a.ts": reader(input).replace("dbtModel }", "dbtModel, source, stream }"),
  });
  const { assets, edges, problems } = await scanWorkspace(project.root);
  expect(edges).toContainEqual({ from: key, to: "top", kind: "input" });
  expect(assets.map(it => it.key)).not.toContain("dev/clean");
  expect(problems).toEqual([]);
});

test.each([
  [`dbtModel("marts")`, /is no model, seed or snapshot of the dbt project\. Did you mean "mart"\?/],
  [`dbtModel("mart", { version: 2 })`, /has no version 2, for it has none at all/],
])("the input %s is a warning at its place", async (input, message) => {
  project = await writeProject({
    ...dbt,
    "dbt/target/manifest.json": manifestText(),
    "a.ts": reader(input),
  });
  const { problems } = await scanWorkspace(project.root);
  expect(problems).toMatchObject([
    { file: "a.ts", line: 2, severity: "warning", message: expect.stringMatching(message) },
  ]);
});

test("where there is no dbt project, dbtModel says how to name one", async () => {
  project = await writeProject({ "a.ts": reader(`dbtModel("mart")`) });
  const { problems, dbt } = await scanWorkspace(project.root);
  expect(dbt).toBeUndefined();
  expect(problems.map(it => it.message)).toEqual([expect.stringContaining('"dbt": { "project"')]);
});

test("a circle through both worlds is an error", async () => {
  project = await writeProject({
    ...dbt,
    "dbt/target/manifest.json": manifestText(),
    "a.ts": reader(`dbtModel("mart")`).replace('"top"', '"readings"'),
  });
  const { problems } = await scanWorkspace(project.root);
  expect(problems).toMatchObject([
    { severity: "error", message: expect.stringContaining("These assets need each other") },
  ]);
  expect(problems[0]?.message).toMatch(/readings → clean → marts\/mart|clean → marts\/mart → readings/);
});

test("an asset and a model of one key are both there, as are two that write one table", async () => {
  project = await writeProject({
    ...dbt,
    "dbt/target/manifest.json": manifestText(),
    "a.ts": `import { asset } from "millrace";
export const a = asset("clean", {});
export const b = asset("dev/mart", {});
`,
  });
  const { assets, edges, problems } = await scanWorkspace(project.root);
  expect(assets.map(it => it.key)).toEqual([
    ...["clean", "dev/mart", "model.shop.clean", "marts/mart", "extra", "raw/readings"],
  ]);
  expect(edges).toContainEqual({ from: "model.shop.clean", to: "marts/mart", kind: "input" });
  expect(problems.map(it => [it.line, it.severity, it.message])).toEqual([
    [2, "error", expect.stringContaining('The key "clean" is also that of dbt\'s model.shop.clean')],
    [3, "error", expect.stringContaining('"dev/mart" and dbt\'s model.shop.mart')],
  ]);
});

test("while dbt rewrites the manifest, the last good graph stays, and a problem says so", async () => {
  project = await writeProject({ ...dbt, "dbt/target/manifest.json": manifestText() });
  const scan = createWorkspaceScan(project.root);
  const before = await scan.load();
  await project.write("dbt/target/manifest.json", manifestText().slice(0, 300));
  await scan.reloadDbt();
  const during = scan.graph();
  expect([during.assets, during.edges]).toEqual([before.assets, before.edges]);
  expect(during.dbt?.graph).toBe("lastGood");
  expect(during.problems).toMatchObject([
    {
      file: "dbt/target/manifest.json",
      severity: "error",
      message: expect.stringContaining("ends in the middle"),
    },
  ]);
  await project.write("dbt/target/manifest.json", manifestText({ sources: {} }));
  await scan.reloadDbt();
  expect(scan.graph().dbt?.graph).toBe("manifest");
  expect(scan.graph().assets).toHaveLength(3);
});

test("a manifest of another target is left aside for the one of ours that is kept", async () => {
  const ours = manifestText();
  project = await writeProject({
    ...dbt,
    "dbt/target/manifest.json": ours.replaceAll('"dev"', '"prod"'),
    ".millrace/dbt/manifest.json": ours,
  });
  const scan = createWorkspaceScan(project.root);
  const { assets, dbt: state, problems } = await scan.load();
  const schema = (found: typeof assets) =>
    found.find(it => it.uniqueId === "model.shop.clean")?.dbt?.relation?.schema;
  expect(schema(assets)).toBe("dev");
  expect(state).toMatchObject({ graph: "lastGood", isOfOtherTarget: true });
  expect(problems).toContainEqual({
    ...{ file: "dbt/dbt_project.yml", line: 1, column: 1, severity: "info" },
    message: expect.stringMatching(/into prod, not into dev. Run "millrace dbt parse"/),
  });
  // Who only configures another schema for a model stays with the target.
  const moved = JSON.parse(ours);
  Object.assign(moved.nodes["model.shop.clean"], { schema: "dev_raw", config: { schema: "raw" } });
  await project.write("dbt/target/manifest.json", JSON.stringify(moved));
  await scan.reloadDbt();
  expect([schema(scan.graph().assets), scan.graph().dbt?.graph]).toEqual(["dev_raw", "manifest"]);
});

test("what was written since dbt parsed is told: changed by its text, new, or deleted", async () => {
  const text = "select 1";
  const checksum = {
    name: "sha256",
    checksum: "822ae07d4783158bc1912bb623e5107cc9002d519e1143a9c200ed6ee18b6d0f",
  };
  const manifest = JSON.parse(manifestText());
  manifest.nodes["model.shop.clean"].checksum = checksum;
  manifest.nodes["model.shop.mart"].checksum = checksum;
  manifest.nodes["model.shop.gone"] = { name: "gone", original_file_path: "models/gone.sql" };
  project = await writeProject({
    "dbt/dbt_project.yml": "name: shop",
    "dbt/models/clean.sql": `${text}\n\n`,
    "dbt/models/marts/mart.sql": "select 2",
    "dbt/models/fresh.sql": text,
    "dbt/target/manifest.json": JSON.stringify(manifest),
  });
  const settings = join(project.root, "dbt/dbt_project.yml");
  await utimes(settings, new Date("2026-01-01"), new Date("2026-01-01"));
  for (const file of ["clean", "marts/mart", "fresh"]) {
    await utimes(join(project.root, `dbt/models/${file}.sql`), new Date(), new Date("2026-01-02"));
  }
  const { dbt } = await scanWorkspace(project.root);
  expect(dbt?.parsedAt).toBe("2026-01-01T12:00:00.000000Z");
  expect(dbt?.changes).toEqual([
    { file: "models/fresh.sql", what: "new", uniqueId: null },
    { file: "models/marts/mart.sql", what: "changed", uniqueId: "model.shop.mart" },
    { file: "models/gone.sql", what: "deleted", uniqueId: "model.shop.gone" },
    { file: "models/sources.yml", what: "deleted", uniqueId: null },
  ]);
});

test("millrace.json names a project anywhere; a wrong path is an error there", async () => {
  project = await writeProject({
    "ws/millrace.json": `{ "dbt": { "project": "../dbt", "manifest": "../kept/manifest.json" } }`,
    "ws/a.ts": rawReadings,
    ...dbt,
    "kept/manifest.json": manifestText(),
    "wrong/millrace.json": `{ "dbt": { "project": "../dbd" } }`,
  });
  const { assets, dbt: state } = await scanWorkspace(join(project.root, "ws"));
  expect(assets.map(it => it.file)).toContain("../dbt/models/clean.sql");
  expect(state).toMatchObject({ folder: "../dbt", manifest: "../kept/manifest.json" });
  const wrong = await scanWorkspace(join(project.root, "wrong"));
  expect(wrong.problems).toMatchObject([{ file: "millrace.json", severity: "error" }]);
});

test("while millrace.json cannot be read, the project that it named is still there", async () => {
  const elsewhere = Object.fromEntries(
    Object.entries(dbt).map(([file, text]) => [`deep/er/y/${file}`, text]),
  );
  const settings = '{ "dbt": { "project": "deep/er/y/dbt" } }';
  project = await writeProject({ ...elsewhere, "millrace.json": settings });
  const before = drawGraph(await scanWorkspace(project.root));
  expect(before).toContain("clean [dbt]");
  await project.write("millrace.json", settings.slice(0, -3));
  expect(drawGraph(await scanWorkspace(project.root))).toBe(before);
  await project.write("millrace.json", "{}");
  expect(drawGraph(await scanWorkspace(project.root))).not.toContain("clean [dbt]");
});

test("loaded definitions and dbt are one graph: dbtModel gives way to the model", async () => {
  project = await writeProject({
    ...dbt,
    "dbt/target/manifest.json": manifestText(),
    "a.ts": rawReadings,
  });
  const scanned = await scanWorkspace(project.root);
  const [raw] = scanned.assets;
  if (raw === undefined) throw new Error("There is no asset.");
  const plain = { ...raw, feeds: undefined, checks: [], relation: { schema: "assets", table: raw.key } };
  const loaded = {
    assets: [
      plain,
      { ...plain, key: "made" as typeof raw.key, relation: { schema: "assets", table: "made" } },
      {
        ...plain,
        key: "mart" as typeof raw.key,
        kind: "source",
        automation: "eager",
        condition: eager(),
        freshness: "within 1 d",
        freshnessPolicy: { kind: "timeWindow", failSeconds: 86_400, warnSeconds: null },
        dbtReference: { name: "mart", version: null },
      },
      {
        ...plain,
        key: "nope" as typeof raw.key,
        kind: "source",
        dbtReference: { name: "nope", version: null },
      },
    ] as const,
    edges: ["mart", "nope"].map(it => ({
      from: it as typeof raw.key,
      to: "made" as typeof raw.key,
      kind: "input" as const,
    })),
    problems: [],
  };
  const { assets, edges, problems } = joinLoaded(loaded, await readDbt(project.root)).graph;
  expect(assets.map(it => it.key)).toEqual(["readings", "made", "clean", "marts/mart", "extra"]);
  expect(assets.find(it => it.key === "marts/mart")).toMatchObject({
    automation: "eager",
    condition: { label: "eager" },
    freshness: "within 1 d",
  });
  expect(edges.map(it => `${it.from} → ${it.to}`)).toEqual([
    "marts/mart → made",
    "readings → clean",
    "clean → marts/mart",
    "marts/mart → extra",
  ]);
  expect(problems.map(it => it.message)).toEqual([expect.stringContaining(`dbt's "nope" is no model`)]);
});
