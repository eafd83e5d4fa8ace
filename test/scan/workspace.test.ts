import { mkdir, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createWorkspaceScan, definitionFiles, scanWorkspace } from "../../src/scan/workspace.ts";
import { type Project, writeProject } from "../support/project.ts";
import { drawGraph } from "./drawGraph.ts";

let project: Project;
afterEach(() => project.remove());

function assetText(key: string, rest = "") {
  return `import { asset } from "millrace";\nexport const it = asset("${key}", {${rest}});\n`;
}

test("asset files are found by their import, wherever they lie", async () => {
  project = await writeProject({
    "top.ts": assetText("top"),
    "deep/er/under.mts": assetText("mts"),
    "deep/common.cts": assetText("cts"),
    "view.tsx": assetText("tsx"),
    "plain.js": assetText("js"),
    "module.mjs": assetText("mjs"),
    "größe/日本.ts": assetText("unicode"),
    "unrelated.ts": "export const x = 1;",
    "mentions.ts": `export const name = "millrace";`,
    "onlyTypes.ts": `import type { Row } from "millrace";`,
    "types.d.ts": assetText("d"),
    "top.test.ts": assetText("test"),
    "top.spec.mts": assetText("spec"),
    "notes.md": assetText("md"),
    ...Object.fromEntries(
      "node_modules/x dist build out .git .hidden target dbt_packages .venv venv deep/node_modules"
        .split(" ")
        .map(folder => [`${folder}/ignored.ts`, assetText(folder)]),
    ),
  });

  const found = [
    "deep/common.cts",
    "deep/er/under.mts",
    "größe/日本.ts",
    "module.mjs",
    "plain.js",
    "top.ts",
    "view.tsx",
  ];
  expect(await definitionFiles(project.root)).toEqual(found);
  const { assets, problems } = await scanWorkspace(project.root);
  expect(assets.map(it => it.file)).toEqual(found);
  expect(problems).toEqual([]);
});

test("millrace.json may narrow the asset files by patterns", async () => {
  project = await writeProject({
    "assets/a.ts": assetText("a"),
    "assets/deep/b.ts": assetText("b"),
    "assets/old/c.ts": assetText("c"),
    "other/d.ts": assetText("d"),
  });
  const filesOf = (...include: string[]) => definitionFiles(project.root, { include });

  expect(await filesOf("assets")).toEqual(["assets/a.ts", "assets/deep/b.ts", "assets/old/c.ts"]);
  expect(await filesOf("assets/*.ts", "./other/")).toEqual(["assets/a.ts", "other/d.ts"]);
  expect(await filesOf("**/{b,d}.ts")).toEqual(["assets/deep/b.ts", "other/d.ts"]);
  expect(await filesOf("assets/**", "!assets/old")).toEqual(["assets/a.ts", "assets/deep/b.ts"]);
  expect(await filesOf("[nothing")).toEqual([]);
});

test("a folder with a millrace.json of its own is another workspace", async () => {
  project = await writeProject({
    "millrace.json": "{}",
    "a.ts": assetText("a"),
    "nested/millrace.json": "{}",
    "nested/b.ts": assetText("b"),
    "nested/deep/c.ts": assetText("c"),
  });
  expect(await definitionFiles(project.root)).toEqual(["a.ts"]);
  expect(await definitionFiles(join(project.root, "nested"))).toEqual(["b.ts", "deep/c.ts"]);
});

test("links are read where they lead to a file, and do not lead in a circle", async () => {
  project = await writeProject({ "a.ts": assetText("a"), "real.txt": assetText("b") });
  await symlink(join(project.root, "real.txt"), join(project.root, "linked.ts"));
  await symlink(project.root, join(project.root, "around"));
  await symlink(join(project.root, "nowhere"), join(project.root, "lost.ts"));
  await mkdir(join(project.root, "folder.ts"));

  expect(drawGraph(await scanWorkspace(project.root))).toBe(
    [
      "a.ts:2:1 a",
      "linked.ts:2:1 b",
      "warning lost.ts:1:1 lost.ts could not be read: it does not exist. Correct it, or remove the file.",
    ].join("\n"),
  );
});

test("huge and binary files are problems when they speak of millrace, and nothing otherwise", async () => {
  const filling = " ".repeat(2 * 1024 * 1024);
  project = await writeProject({
    "huge.ts": assetText("huge") + filling,
    "video.ts": Buffer.alloc(3 * 1024 * 1024, 0x47),
    "binary.ts": `${assetText("binary")}\0`,
    "noise.ts": Buffer.from([0, 255, 254, 7]),
  });
  expect(drawGraph(await scanWorkspace(project.root))).toBe(
    [
      "warning binary.ts:1:1 The file is binary, so the scan does not read it. Save it as UTF-8 text.",
      "warning huge.ts:1:1 The file is larger than 2 MB, so the scan does not read it. Split it.",
    ].join("\n"),
  );
});

test("a root that does not exist is a problem", async () => {
  project = await writeProject({});
  const root = join(project.root, "missing");
  expect(await scanWorkspace(root)).toEqual({
    assets: [],
    edges: [],
    problems: [
      {
        file: ".",
        line: 1,
        column: 1,
        severity: "error",
        message: `The folder ${root} does not exist. Name the folder that holds your assets.`,
      },
    ],
  });
});

test("a scan ends when it is aborted", async () => {
  project = await writeProject({ "a.ts": assetText("a") });
  await expect(scanWorkspace(project.root, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
});

test("modules that only hand assets on are read when an asset needs them", async () => {
  project = await writeProject({
    "a.ts": assetText("a"),
    "index.ts": `export * from "./more/index.js";`,
    "more/index.ts": `export { it as a } from "../a.js";`,
    "b.ts": `import { asset } from "millrace";\nimport { a } from "./index.js";\nimport { x } from "./unread.js";\nexport const b = asset("b", { inputs: { a } });`,
    "unread.ts": "this is no TypeScript",
  });
  const scan = createWorkspaceScan(project.root);
  expect(drawGraph(await scan.load())).toBe("a.ts:2:1 a\nb.ts:4:1 b ← a");
  expect(scan.definitionFiles()).toEqual(["a.ts", "b.ts"]);

  scan.update("more/index.ts", `export const a = 5;`);
  expect(drawGraph(scan.graph())).toContain('The input "a" of asset "b" is a number instead of');
});

test("an asset beside the patterns is drawn when another needs it, but is no asset file of this workspace", async () => {
  project = await writeProject({
    "shared/a.ts": assetText("a"),
    "assets/b.ts": `import { asset } from "millrace";\nimport { it } from "../shared/a.js";\nexport const b = asset("b", { inputs: { it } });`,
  });
  const scan = createWorkspaceScan(project.root, { include: ["assets"] });
  expect(drawGraph(await scan.load())).toBe("assets/b.ts:3:1 b ← a\nshared/a.ts:2:1 a");
  expect(scan.definitionFiles()).toEqual(["assets/b.ts"]);
});

test("imports from outside the workspace are not followed", async () => {
  project = await writeProject({
    "index.ts": assetText("outside"),
    "inner/a.ts": `import { asset } from "millrace";\nimport { it } from "..";\nimport { it as other } from "../index.js";\nexport const a = asset("a", { inputs: { it, other } });`,
  });
  const { assets, problems } = await scanWorkspace(join(project.root, "inner"));
  expect(assets.map(it => it.key)).toEqual(["a"]);
  expect(problems.map(it => `${it.severity} ${it.message}`)).toEqual([
    'info The input "it" of asset "a" comes from "..", outside the workspace, so its edge is left out. The loaded definitions will decide.',
    'info The input "other" of asset "a" comes from "../index.js", outside the workspace, so its edge is left out. The loaded definitions will decide.',
  ]);
});

test("a save updates the graph; other files keep what they say", async () => {
  project = await writeProject({ "a.ts": assetText("a"), "b.ts": assetText("b", `deps: ["a"]`) });
  const scan = createWorkspaceScan(project.root);
  expect(drawGraph(await scan.load())).toBe("a.ts:2:1 a\nb.ts:2:1 b ← (a)");

  expect(scan.update(join(project.root, "a.ts"), `\n${assetText("renamed")}`)).toBe(true);
  expect(drawGraph(scan.graph())).toBe(
    [
      "a.ts:3:1 renamed",
      "b.ts:2:1 b",
      'warning b.ts:2:38 A dep of asset "b" is "a", which no file declares. Correct the key, or declare it.',
    ].join("\n"),
  );

  expect(scan.update("new.ts", assetText("a"))).toBe(true);
  expect(scan.update("a.ts", null)).toBe(true);
  expect(drawGraph(scan.graph())).toBe("b.ts:2:1 b ← (a)\nnew.ts:2:1 a");
});

test("what is no asset file changes nothing", async () => {
  project = await writeProject({ "a.ts": assetText("a") });
  const scan = createWorkspaceScan(project.root, { include: ["*.ts"] });
  const graph = await scan.load();
  expect(scan.update("unrelated.ts", "export {};")).toBe(false);
  expect(scan.update("notes.md", assetText("x"))).toBe(false);
  expect(scan.update("node_modules/x/x.ts", assetText("x"))).toBe(false);
  expect(scan.update("deep/excluded.ts", assetText("x"))).toBe(false);
  expect(scan.update(join(project.root, "..", "outside.ts"), assetText("x"))).toBe(false);
  expect(scan.update("gone.ts", null)).toBe(false);
  expect(scan.graph()).toBe(graph);
});

test("an import is mended when the missing file appears", async () => {
  project = await writeProject({
    "b.ts": `import { asset } from "millrace";\nimport { a } from "./later.js";\nexport const b = asset("b", { inputs: { a } });`,
    "a.ts": assetText("a"),
  });
  const scan = createWorkspaceScan(project.root);
  expect((await scan.load()).problems).toMatchObject([
    { message: '"./later.js" is no file. Correct the path of this import.' },
  ]);

  expect(scan.update("later.ts", `export { it as a } from "./a.js";`)).toBe(true);
  expect(scan.graph()).toMatchObject({ problems: [], edges: [{ from: "a", to: "b" }] });
});

test("with a syntax error, a file keeps its last good assets and positions", async () => {
  project = await writeProject({ "a.ts": assetText("a"), "b.ts": assetText("b", `deps: ["a"]`) });
  const scan = createWorkspaceScan(project.root);
  await scan.load();

  scan.update("a.ts", `import { asset } from "millrace";\n\n\nexport const it = asset("a", {`);
  expect(drawGraph(scan.graph())).toBe(
    [
      "a.ts:2:1 a",
      "b.ts:2:1 b ← (a)",
      "error a.ts:4:31 Syntax error: Unexpected token. Until it is corrected, nothing in this file can run. What is shown of it is its last good state.",
    ].join("\n"),
  );
  expect(scan.file("a.ts")?.definitions[0]?.statement.start.line).toBe(2);
  expect(scan.definitionFiles()).toEqual(["a.ts", "b.ts"]);

  await project.write("a.ts", "import { asset } from 'millrace'; asset(");
  expect(drawGraph(await scan.load())).toContain("a.ts:2:1 a\n");

  scan.update("a.ts", `\n${assetText("a")}`);
  expect(drawGraph(scan.graph())).toBe("a.ts:3:1 a\nb.ts:2:1 b ← (a)");
});

test("a file that is updated while the disk is read keeps its update", async () => {
  project = await writeProject({ "a.ts": assetText("a"), "b.ts": assetText("b"), "c.ts": assetText("c") });
  const scan = createWorkspaceScan(project.root);
  await scan.load();
  const loading = scan.load();
  scan.update("a.ts", assetText("unsaved"));
  scan.update("b.ts", null);
  const graph = await loading;
  expect(graph.assets.map(it => it.key)).toEqual(["unsaved", "c"]);
  expect(scan.graph()).toBe(graph);
});

test("many files are scanned by threads, with the same result", async () => {
  const files = Array.from({ length: 700 }, (_, at) => `a${at % 7}/n${at}.ts`);
  const texts = files.map((_, at) =>
    at === 0
      ? assetText("n0")
      : `import { asset } from "millrace";\nimport { n${at - 1} } from "../a${(at - 1) % 7}/n${at - 1}.js";\nexport const n${at} = asset("n${at}", { inputs: { n${at - 1} } });`,
  );
  texts[0] = `import { asset } from "millrace";\nexport const n0 = asset("n0", { description: "\u2028 größe" });`;
  project = await writeProject(Object.fromEntries(files.map((file, at) => [file, texts[at] as string])));

  const graph = await scanWorkspace(project.root);
  expect(graph.assets).toHaveLength(700);
  expect(graph.edges).toHaveLength(699);
  expect(graph.problems).toEqual([]);
  expect(graph.assets.find(it => it.key === "n0")?.description).toBe("\u2028 größe");
});

test("a folder that disappears in mid-scan takes nothing else along", async () => {
  project = await writeProject({
    "a.ts": assetText("a"),
    ...Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`x/${at}.ts`, assetText(`x${at}`)])),
  });
  const [graph] = await Promise.all([
    scanWorkspace(project.root),
    rm(join(project.root, "x"), { recursive: true, force: true }),
  ]);
  expect(graph.assets.map(it => it.key)).toContain("a");
});
