import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { findDbt } from "../../src/dbt/find.ts";
import { dbtProfile } from "../../src/dbt/profile.ts";
import { testDbt } from "../support/dbt.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "millrace-find-"));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const search = (more: { setting?: string[]; env?: Record<string, string> } = {}) =>
  findDbt({
    root,
    project: join(root, "shop"),
    setting: more.setting ?? null,
    env: more.env ?? { PATH: "" },
  });

describe("dbt is found", { timeout: 600_000 }, () => {
  test("in the virtual environment of the workspace, where it can be kept warm", async () => {
    const { python } = await testDbt();
    await symlink(dirname(dirname(python ?? "")), join(root, ".venv"));
    const { found, trouble } = await search();
    expect(trouble).toBeNull();
    expect(found).toMatchObject({
      command: [join(root, ".venv", "bin", "dbt")],
      python: join(root, ".venv", "bin", "python"),
      version: expect.stringMatching(/^1\.11\./),
      adapters: { postgres: expect.stringMatching(/^1\./) },
      origin: ".venv of the workspace",
    });
  });

  test("on PATH, and its Python by the first line of its script", async () => {
    const { command, python } = await testDbt();
    const { found } = await search({ env: { PATH: dirname(command[0] ?? "") } });
    expect(found).toMatchObject({ command, python: expect.stringContaining("python"), origin: "PATH" });
    expect(dirname(found?.python ?? "")).toBe(dirname(python ?? ""));
  });

  test("by the setting; a command with arguments, and a dbt that is no Python, only by its command line", async () => {
    const bin = join(root, "bin");
    await mkdir(bin);
    for (const name of ["uv", "dbt"]) {
      await writeFile(join(bin, name), "#!/bin/bash\n");
      await chmod(join(bin, name), 0o755);
    }
    const env = { PATH: bin };
    expect((await search({ setting: ["uv", "run", "dbt"], env })).found).toMatchObject({
      command: [join(bin, "uv"), "run", "dbt"],
      python: null,
    });
    expect((await search({ setting: ["bin/dbt"], env })).found).toMatchObject({
      command: [join(bin, "dbt")],
      python: null,
      version: null,
    });
    await writeFile(join(root, "pyproject.toml"), '[project]\ndependencies = ["dbt-postgres~=1.10"]\n');
    expect((await search({ env })).found?.command).toEqual(["uv", "run", "dbt"]);
  });
});

describe("what is wrong is said, and what to do", () => {
  test("neither dbt nor Python", async () => {
    const { found, trouble } = await search();
    expect(found).toBeNull();
    expect(trouble?.problem).toContain("neither dbt nor Python");
    expect(trouble?.advice).toContain("millrace dbt setup");
  });

  test("a configured command that does not exist", async () => {
    const { trouble } = await search({ setting: ["./nowhere/dbt"] });
    expect(trouble?.problem).toContain('["./nowhere/dbt"] does not start');
  });

  test("a Python environment without dbt", { timeout: 600_000 }, async () => {
    const { python } = await testDbt();
    await mkdir(join(root, ".venv", "bin"), { recursive: true });
    const script = `#!/bin/bash\nexec "${python}" -I -S "$@"\n`;
    await writeFile(join(root, ".venv", "bin", "python"), script);
    await chmod(join(root, ".venv", "bin", "python"), 0o755);
    const { found, trouble } = await search({ env: { PATH: "" } });
    expect(found).toBeNull();
    expect(trouble?.problem).toContain(`no dbt in the Python environment ${join(root, ".venv")}`);
    expect(trouble?.advice).toContain("-m pip install dbt-core dbt-postgres");
  });
});

describe("a profile", () => {
  const database = { url: "postgres://me:p%40ss@127.0.0.1:5433/state?sslmode=disable", schema: "marts" };
  const profile = (env: Record<string, string> = {}) =>
    dbtProfile({
      project: join(root, "shop"),
      target: null,
      env,
      home: join(root, "home"),
      cache: join(root, ".millrace"),
      database,
    });
  beforeEach(async () => {
    await mkdir(join(root, "shop"));
    await writeFile(join(root, "shop", "dbt_project.yml"), "name: shop\nprofile: 'shop'  # ours\n");
  });

  test("is generated beside our files when the user has none, without the password in it", async () => {
    const found = await profile();
    expect(found).toMatchObject({ origin: "generated", target: "millrace" });
    expect(found.profiles?.startsWith(join(root, ".millrace"))).toBe(true);
    expect(Object.values(found.env)).toEqual(["p@ss"]);
    const text = await readFile(join(found.profiles ?? "", "profiles.yml"), "utf8");
    expect(text).toContain('"port": 5433');
    expect(text).not.toContain("p@ss");
  });

  test("of the user's stands, wherever dbt itself would look for it", async () => {
    await mkdir(join(root, "elsewhere"));
    await writeFile(join(root, "elsewhere", "profiles.yml"), "other:\n  target: a\nshop:\n  target: dev\n");
    const env = { DBT_PROFILES_DIR: join(root, "elsewhere") };
    expect(await profile(env)).toMatchObject({
      origin: "user",
      profiles: join(root, "elsewhere"),
      target: null,
    });
    await writeFile(join(root, "elsewhere", "profiles.yml"), "shopping:\n  target: dev\n");
    expect(await profile(env)).toMatchObject({ origin: "generated" });
  });
});
