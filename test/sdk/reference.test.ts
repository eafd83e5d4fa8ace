import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { optionNames } from "../../src/model/optionNames.ts";

const run = promisify(execFile);
const reference = readFileSync("docs/sdk.md", "utf8");

test("docs/sdk.md names everything that the SDK exports, and every option of an asset", () => {
  const exported = [...exportsOf("src/sdk/index.ts"), ...exportsOf("src/integrations/postgres.ts")];
  expect(exported).toEqual(expect.arrayContaining(["asset", "anyDepsMissing", "WebhookOptions"]));
  const names = [...exported, ...optionNames.asset];
  // As a piece of code, by itself or at its beginning.
  expect(names.filter(name => !new RegExp(`\`${name}[\`(<.]`).test(reference))).toEqual([]);
});

test('"millrace/postgres" exports what users of it call, and nothing that the engine calls', () => {
  expect(exportsOf("src/integrations/postgres.ts").sort()).toEqual(["PostgresTableOptions", "postgresTable"]);
});

test("the examples in docs/sdk.md have right types, and are right definitions", async () => {
  const folder = await realpath(await mkdtemp(join(tmpdir(), "millrace-sdk-")));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, "node_modules"));
  await symlink(process.cwd(), join(folder, "node_modules/millrace"));
  await run(process.execPath, ["dist/cli.js", "init", folder]);
  // One after the other they are one file: an example may use what an earlier one has declared.
  const code = [...reference.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, example = ""]) => example);
  const file = join(folder, "assets/reference.ts");
  await writeFile(file, code.join("\n"));
  const tsc = join(process.cwd(), "node_modules/typescript/bin/tsc");
  const types = await run(process.execPath, [tsc, "--noEmit"], { cwd: folder }).catch(error => error);
  expect(types).toEqual({ stdout: "", stderr: "" });
  const { example } = await import(file);
  expect(await example()).toEqual([true, "succeeded", "weather/readings was updated", 1]);
});

/** What a module exports: by lists of names, and where it declares. */
function exportsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  const listed = [...text.matchAll(/^export (?:type )?\{([^}]*)\}/gm)]
    .flatMap(([, names = ""]) => names.split(","))
    .map(name => name.replace(/\btype\b/, "").trim())
    .filter(name => name !== "");
  const declared = /^export (?:async )?(?:function|const|class|interface|type) (\w+)/gm;
  return [...listed, ...[...text.matchAll(declared)].map(([, name = ""]) => name)];
}
