import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openDatabase } from "../../src/store/database.ts";
import { checkVersion, migrate } from "../../src/store/migrate.ts";
import type { TestDatabase } from "../support/database.ts";
import { startOtherServer } from "../support/otherServer.ts";
import { until } from "../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

const assets = `
  import { asset, dailyPartitions, eager, notNull, sqlAsset, sql } from "millrace";
  export const readings = asset("readings", {
    partitions: dailyPartitions({ start: "2026-01-01", end: "2026-02-01" }),
    checks: [notNull("celsius", { blocking: true })],
    materialize: (_, { partition }) => [{ day: partition.key, celsius: 4.5, sent: { by: "BER-01" } }],
  });
  export const total = sqlAsset("total", { inputs: { readings }, sql: it => sql\`select count(*) as days from \${it.readings}\` });
  export const report = asset("report", {
    inputs: { total },
    automation: eager(),
    materialize: ({ total }) => total,
  });`;

describe.each(["14.23.0-beta.17", "18.4.0-beta.17"])("on PostgreSQL %s", version => {
  let workspace: TestWorkspace;
  beforeAll(async () => {
    workspace = await testWorkspace({ "assets.ts": assets }, startOtherServer(version));
  });
  afterAll(() => workspace?.remove());

  test("days are backfilled, and what is below them is made by SQL", async () => {
    const whole = "2026-01-01...2026-01-31";
    expect(await workspace.millrace("backfill", "readings", "--partitions", whole)).toMatchObject({
      code: 0,
    });
    expect(await workspace.millrace("materialize", "total")).toMatchObject({ code: 0 });
    expect(await workspace.query("select days::int from assets.total")).toEqual([{ days: 31 }]);
  });

  test("what is newer upstream makes stale, and the daemon carries it on", async () => {
    await workspace.millrace("materialize", "readings", "--partition", "2026-01-31");
    const { stdout } = await workspace.millrace("list", "total");
    expect(stdout).toContain("stale: readings 2026-01-31 is newer");
    const daemon = workspace.start("daemon");
    await until(async () => (await workspace.query("select from millrace.condition_look")).length > 0);
    expect(await workspace.millrace("materialize", "total", "--stale")).toMatchObject({ code: 0 });
    const made = () =>
      workspace.query("select status from millrace.step where asset = 'report' and ended_at is not null");
    expect(await until(async () => (await made()).length > 0)).toBe(true);
    expect(await made()).toEqual([{ status: "succeeded" }]);
    daemon.kill("SIGTERM");
    expect((await daemon.ended).code).toBe(0);
  });

  test("its version is told", async () => {
    const status = await workspace.millrace("db", "status", "--json");
    expect(status.json()).toMatchObject({
      state: "running",
      version: `PostgreSQL ${version.split(".").slice(0, 2).join(".")}`,
      problem: null,
    });
  });
});

describe("on a server that is too old", () => {
  let server: TestDatabase;
  beforeAll(async () => {
    server = await startOtherServer("13.23.0-beta.16");
  });
  afterAll(() => server?.drop());

  test("it is refused with both versions, and nothing is made in it", async () => {
    const database = openDatabase(server.url, { name: "test" });
    const refused = "The server is PostgreSQL 13.23, and Millrace needs 14 or newer.";
    await expect(migrate(database)).rejects.toThrow(refused);
    await expect(checkVersion(database)).rejects.toThrow(refused);
    const { rows } = await database.query("select nspname from pg_namespace where nspname like 'millrace%'");
    await database.close();
    expect(rows).toEqual([]);
  });
});
