import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const clone = process.cwd();
const run = promisify(execFile);

/** The machine's own Node, not the one that this repository installed for its development. */
const ownNode = (process.env.PATH ?? "")
  .split(delimiter)
  .filter(folder => !folder.startsWith(clone))
  .find(folder => existsSync(join(folder, "node")));
const env = { ...process.env, PATH: [ownNode, process.env.PATH].join(delimiter), MILLRACE_DATABASE_URL: "" };

let project: string;

beforeAll(async () => {
  await run(process.execPath, ["scripts/build.mjs"]);
  project = await mkdtemp(join(tmpdir(), "millrace-package-"));
  await run("npm", ["pack", "--pack-destination", project], { env });
  const [tarball = ""] = await readdir(project);
  await writeFile(join(project, "package.json"), '{ "private": true, "type": "module" }');
  await run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", `./${tarball}`], {
    cwd: project,
    env,
  });
  await mkdir(join(project, "assets"));
  await writeFile(join(project, "assets/hello.ts"), hello);
}, 300_000);

afterAll(async () => {
  await run("npx", ["millrace", "db", "stop"], { cwd: project, env }).catch(() => {});
  await rm(project, { recursive: true, force: true });
}, 60_000);

describe("the npm package in an empty folder", () => {
  test("materializes an asset of five lines", async () => {
    const { stdout } = await run("npx", ["millrace", "materialize", "hello", "--json"], {
      cwd: project,
      env,
    });
    expect(JSON.parse(stdout)).toMatchObject({
      status: "succeeded",
      runs: [{ status: "succeeded", steps: [{ assets: ["hello"], status: "succeeded", rows: 1 }] }],
    });
  }, 120_000);

  test.each([
    ["a bundler", ["--module", "esnext", "--moduleResolution", "bundler"]],
    ["Node", ["--module", "nodenext", "--moduleResolution", "nodenext"]],
  ])("types what an asset returns, where modules are resolved as by %s", async (_, options) => {
    await writeFile(join(project, "consumer.ts"), consumer);
    await writeFile(join(project, "mistaken.ts"), mistaken);
    const tsc = join(clone, "node_modules/.bin/tsc");
    const args = [
      "--noEmit",
      "--strict",
      "--target",
      "es2022",
      "--types",
      "",
      "--pretty",
      "false",
      ...options,
    ];

    await run(tsc, [...args, "consumer.ts"], { cwd: project });
    await expect(run(tsc, [...args, "mistaken.ts"], { cwd: project })).rejects.toMatchObject({
      stdout: expect.stringContaining("Property 'planets' does not exist on type '{ greeting: string;"),
    });
  });

  test("carries neither the extension nor its pictures", async () => {
    const dist = await readdir(join(project, "node_modules/millrace/dist"));
    expect(dist).toContain("cli.js");
    expect(dist.filter(it => /extension|webview|inputs/.test(it))).toEqual([]);
  });

  test("carries the documents to which its README points", async () => {
    const root = join(project, "node_modules/millrace");
    const links = (await readFile(join(root, "README.md"), "utf8")).matchAll(/\]\((docs\/[^)#]+)/g);
    const documents = [...links].map(([, path = ""]) => path);
    expect(documents).toContain("docs/command-line.md");
    expect(documents.filter(path => !existsSync(join(root, path)))).toEqual([]);
  });
});

const hello = `import { asset } from "millrace";

export const hello = asset("hello", {
  materialize: () => [{ greeting: "hello", planet: "world" }],
});
`;

const consumer = `import { asset, columns, materialize, notNull } from "millrace";
import { postgresTable } from "millrace/postgres";

export const hello = asset("hello", { materialize: () => [{ greeting: "hello", planet: "world" }] });
export const planets = asset("planets", {
  inputs: { hello },
  io: postgresTable(),
  columns: columns({ planet: "text" }),
  checks: [notNull("planet")],
  materialize: ({ hello }) => hello.map(({ planet }) => ({ planet })),
});
export const planet: string | undefined = (await materialize([hello])).value(hello)[0]?.planet;
`;

const mistaken = consumer.replace("({ planet }) => ({ planet })", "({ planets }) => ({ planet: planets })");
