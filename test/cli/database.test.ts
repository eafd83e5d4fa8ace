import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type Project, writeProject } from "../support/project.ts";

const commandLine = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
let project: Project;
let empty: TestDatabase;

beforeAll(async () => {
  project = await writeProject({});
  empty = await createTestDatabase();
});

afterAll(async () => {
  millrace(["db", "stop"]);
  await empty?.drop();
  await project?.remove();
});

function millrace(args: string[], env: NodeJS.ProcessEnv = {}) {
  const { MILLRACE_DATABASE_URL: _, ...inherited } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [commandLine, ...args], {
    cwd: project.root,
    env: { ...inherited, ...env },
    encoding: "utf8",
  });
  return { code: status, stdout, stderr };
}

test("init writes a first asset that materializes on a database that starts by itself", async () => {
  expect(millrace(["init"])).toMatchObject({ code: 0 });
  const asset = await readFile(`${project.root}/assets/hello.ts`, "utf8");
  expect(asset).toContain('asset("hello"');
  expect(millrace(["materialize", "hello"])).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("✓ hello"),
  });
  expect(millrace(["init"]).stdout).toContain("assets/hello.ts is there already, and stays");
  expect(await readFile(`${project.root}/.gitignore`, "utf8")).toBe(".millrace/\nnode_modules/\n");
});

test("the embedded database is started, described without its password, and stopped", () => {
  const status = millrace(["db", "status", "--json"]);
  expect(JSON.parse(status.stdout)).toMatchObject({ kind: "embedded", state: "running", problem: null });
  const password = new URL(millrace(["db", "url"]).stdout.trim()).password;
  expect(password.length).toBeGreaterThan(10);
  expect(status.stdout).not.toContain(password);
  const doctor = millrace(["doctor"]).stdout;
  expect(doctor).not.toContain(password);
  expect(doctor).toMatch(/✓ assets +1 asset, 0 errors {2}scan\n/);
  expect(millrace(["db", "status"]).stdout).toMatch(
    /^✓ The embedded database, PostgreSQL 16\.\d+, is running\.\n.*\n {2}used because no other one is configured\n$/,
  );
  expect(millrace(["db", "stop"]).stdout).toContain("is stopped");
  expect(millrace(["db", "status"]).stdout).toContain(
    "○ The embedded database is stopped, and starts by itself when it is needed.\n",
  );
  expect(JSON.parse(millrace(["db", "status", "--json"]).stdout)).toMatchObject({ state: "stopped" });
  expect(millrace(["db", "start"])).toMatchObject({ code: 0 });
});

describe("a database by URL", () => {
  test("without Millrace's state is not changed until it is asked for", () => {
    const env = { MILLRACE_DATABASE_URL: empty.url };
    expect(millrace(["materialize", "hello"], env)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('Run "millrace db migrate" once'),
    });
    expect(millrace(["db", "migrate"], env)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("Applied 0001-runs, 0002-backfills"),
    });
    expect(millrace(["materialize", "hello"], env)).toMatchObject({ code: 0 });
  });

  test("with a wrong password says so, and shows none", () => {
    const url = new URL(empty.url);
    url.password = "not-the-password";
    const { code, stderr } = millrace(["materialize", "hello"], { MILLRACE_DATABASE_URL: url.href });
    expect(code).toBe(2);
    expect(stderr).toContain("refuses this user or password");
    expect(stderr).not.toContain("not-the-password");
  });

  test("that does not answer says how to start one; the graph is still there", () => {
    const env = { MILLRACE_DATABASE_URL: "postgres://millrace@127.0.0.1:1/millrace" };
    expect(millrace(["materialize", "hello"], env)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("docker compose up --detach --wait postgres"),
    });
    const list = millrace(["list"], env);
    expect(list.stdout).toContain("hello");
    expect(list.stderr).toContain("States are unknown");
    expect(list.code).toBe(0);
  });

  test("is named in millrace.json by a variable, never by its URL", async () => {
    await project.write("millrace.json", JSON.stringify({ database: { env: "WEATHER_DB" } }));
    expect(millrace(["list"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("WEATHER_DB, which is not set"),
    });
    await project.write("millrace.json", JSON.stringify({ database: { url: "postgres://a:b@c/d" } }));
    expect(millrace(["list"]).stderr).toMatch(/"database" must be \{ "env": "NAME_OF_A_VARIABLE" \}/);
    await project.write("millrace.json", JSON.stringify({ asets: [] }));
    expect(millrace(["list"]).stderr).toContain('unknown setting "asets". Did you mean "assets"?');
    await project.write("millrace.json", "{ not json");
    expect(millrace(["list"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("millrace.json:1 is not valid JSON: Expected property name"),
    });
    await project.write("millrace.json", "{}");
  });
});
