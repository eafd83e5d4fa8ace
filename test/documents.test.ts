import { execFile } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { materialize } from "millrace";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** What nothing executes goes stale: paths, commands and code in the documents are held to the truth here. */
const documents = [
  "README.md",
  "CONTRIBUTING.md",
  "ARCHITECTURE.md",
  "CHANGELOG.md",
  "sample-workspace/README.md",
  "docs/command-line.md",
  "docs/configuration.md",
  "docs/dbt.md",
  "docs/sdk.md",
];
const run = promisify(execFile);
const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };

describe.each(documents)("%s", document => {
  // The import table also says where things that are not built yet will live.
  const text = readFileSync(document, "utf8").replace(/^\| `(src\/\w+|webview)` +\|.*$/gm, "");

  test("links to files that exist", () => {
    const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path = ""]) => path);
    expect(links.filter(path => !existsSync(join(document, "..", path)))).toEqual([]);
  });

  test("names files and folders that exist", () => {
    const named = [
      ...text.matchAll(/`((?:src|webview|test|scripts|bench|docs|media|sample-workspace)\/[\w./*-]*)`/g),
    ];
    const missing = named.map(([, path = ""]) => path).filter(path => globSync(path).length === 0);
    expect(missing).toEqual([]);
  });

  test("names npm scripts that exist", () => {
    const named = [...text.matchAll(/\bnpm run ([\w:-]+)|\bnpm (test)\b/g)].map(
      ([, script, test]) => script ?? test ?? "",
    );
    expect(named.filter(script => scripts[script] === undefined)).toEqual([]);
  });
});

test("CI runs the test command of the README on a clean clone", () => {
  const [, command = ""] =
    /```sh\n[\s\S]*?^(\S.*?) +# checks and tests everything/m.exec(readFileSync("README.md", "utf8")) ?? [];
  expect(command).toBe("npm test");
  expect(readFileSync(".ci/run", "utf8")).toMatch(new RegExp(`git clone [\\s\\S]*^${command} `, "m"));
});

describe("the files in the README, in a folder where millrace was installed and init was called", () => {
  const files = [
    ...readFileSync("README.md", "utf8").matchAll(/```ts\n\/\/ ((?:assets|test)\/\w[\w.]*)\n([\s\S]*?)```/g),
  ].map(([, path = "", code = ""]) => ({ path, code: code.trim() }));
  let folder: string;

  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), "millrace-readme-")));
    await mkdir(join(folder, "node_modules"));
    await symlink(process.cwd(), join(folder, "node_modules/millrace"));
    await symlink(join(process.cwd(), "node_modules/vitest"), join(folder, "node_modules/vitest"));
    // What npm writes at an install: without "type": "module".
    await writeFile(join(folder, "package.json"), '{ "dependencies": { "millrace": "*" } }');
    await run(process.execPath, ["dist/cli.js", "init", folder]);
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("are there", () => {
    expect(files.map(it => it.path)).toEqual([
      "assets/hello.ts",
      "assets/letters.ts",
      "test/letters.test.ts",
      "assets/visits.ts",
      "assets/warmest.ts",
      "assets/report.ts",
      "test/report.test.ts",
      "assets/incoming.ts",
    ]);
  });

  test("begin with a first asset of five lines, the one that init writes", async () => {
    const written = await readFile(join(folder, "assets/hello.ts"), "utf8");
    expect(files[0]?.code).toBe(written.trim());
    expect(written.trim().split("\n")).toHaveLength(5);
  });

  test("have right types under the tsconfig.json that init writes, and pass as unit tests", async () => {
    for (const { path, code } of files) {
      await mkdir(join(folder, path, ".."), { recursive: true });
      await writeFile(join(folder, path), `${code}\n`);
    }
    const types = await run(
      process.execPath,
      [join(process.cwd(), "node_modules/typescript/bin/tsc"), "--noEmit"],
      {
        cwd: folder,
      },
    ).catch(error => error);
    expect(types).toEqual({ stdout: "", stderr: "" });
    const tests = await run(
      process.execPath,
      [join(process.cwd(), "node_modules/vitest/vitest.mjs"), "run"],
      {
        cwd: folder,
        env: { ...process.env, NO_COLOR: "1" },
      },
    ).catch(error => error);
    expect(tests.stdout + tests.stderr).toMatch(/Test Files {2}2 passed[\s\S]*Tests {2}3 passed/);
  });

  test("materialize as they stand", async () => {
    const { hello } = await import(join(folder, "assets/hello.ts"));
    const { visits } = await import(join(folder, "assets/visits.ts"));
    const { letters } = await import(join(folder, "assets/letters.ts"));
    const { report } = await import(join(folder, "assets/report.ts"));
    const { warmest } = await import(join(folder, "assets/warmest.ts"));
    const { incoming, everyMorning } = await import(join(folder, "assets/incoming.ts"));
    expect((await materialize([hello])).value(hello)).toEqual([{ greeting: "hello", planet: "world" }]);
    const day = await materialize([visits], { partition: "2026-01-31" });
    expect(day.value(visits)).toEqual([{ day: "2026-01-31", visits: 10 }]);
    expect((await materialize([hello, letters, report])).value(report)).toEqual([{ letters: 5 }]);
    expect(Object.keys(warmest.inputs)).toEqual(["summary"]);
    expect([incoming.name, everyMorning.selection]).toEqual(["incoming", "report"]);
  });
});
