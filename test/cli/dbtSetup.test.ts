import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { findPython } from "../../src/dbt/find.ts";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace | undefined;
let folder: string | undefined;

afterEach(async () => {
  vi.unstubAllEnvs();
  await workspace?.remove();
  if (folder) await rm(folder, { recursive: true, force: true });
});

/** A PATH on which there is a Python and nothing else. */
async function pathWithPythonAlone(): Promise<string> {
  const python = await findPython(process.env);
  if (python === null) throw new Error("This test needs Python 3.9 or newer on PATH.");
  // What stands on PATH may be a shim that needs the rest of it.
  const real = execFileSync(python, ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" }).trim();
  folder = await mkdtemp(join(tmpdir(), "millrace-python-"));
  await symlink(real, join(folder, "python3"));
  return folder;
}

test("where there is no dbt at all, one command installs it for the workspace alone, and its models run", {
  timeout: 900_000,
}, async () => {
  vi.stubEnv("PATH", await pathWithPythonAlone());
  workspace = await testWorkspace({ "millrace.json": "{}" });
  const venv = join(workspace.root, ".millrace", "dbt", "venv");
  // As a setup that was killed leaves it.
  await mkdir(join(venv, "bin"), { recursive: true });
  await workspace.write("shop/dbt_project.yml", 'name: shop\nversion: "1.0"\nprofile: shop\n');
  const dbtOf = async () =>
    (await workspace?.millrace("doctor", "--json"))
      ?.json<{ lines: { name: string }[] }>()
      .lines.find(it => it.name === "dbt");
  expect(await dbtOf()).toMatchObject({
    value: "missing",
    advice: `dbt is not wholly installed in ${venv}: the setup was interrupted, or still goes on. If it does not go on any more, run "millrace dbt setup" again.`,
  });
  const installed = await workspace.millrace("dbt", "setup", "--json");
  expect(installed.stderr.split("\n")).toEqual([
    expect.stringMatching(/^Making a Python environment in .*\.millrace\/dbt\/venv, by .*python3\.$/),
    "Installing dbt-core~=1.11.0 and dbt-postgres~=1.10 into it by pip. This takes one to several minutes.",
    "",
  ]);
  expect(installed.json()).toEqual({
    folder: venv,
    version: expect.stringMatching(/^1\.11\./),
    adapters: { postgres: expect.stringMatching(/^1\./) },
  });

  await workspace.write("shop/models/one.sql", "{{ config(materialized='table') }} select 1 as id");
  const { json } = await workspace.millrace("materialize", "one", "--json");
  expect(json()).toMatchObject({ status: "succeeded", runs: [{ steps: [{ assets: ["one"], rows: 1 }] }] });
  expect(await dbtOf()).toMatchObject({
    source: "Millrace's own environment",
    state: "ok",
  });
  expect((await workspace.millrace("dbt", "setup", "--json")).json()).toEqual(installed.json());
});
