import { randomUUID } from "node:crypto";
import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AssetKey } from "../../src/model/assetKey.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { dispatchRuns, holdCoordinator, releaseCoordinator } from "../../src/store/dispatch.ts";
import { type Doorbell, openDoorbell } from "../../src/store/doorbell.ts";
import { appendLog, maintainEvents, runLog } from "../../src/store/events.ts";
import { checkVersion, migrate } from "../../src/store/migrate.ts";
import { claimRuns, recordDigests, registerEngine, takeOverLostRuns } from "../../src/store/ownership.ts";
import { Fenced, publishStep } from "../../src/store/publish.ts";
import { findRun, stepsOfRun, submitRun } from "../../src/store/runs.ts";
import { startStep } from "../../src/store/steps.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

let created: TestDatabase;
let database: Database;
let doorbell: Doorbell;
const engine = randomUUID();

beforeAll(async () => {
  created = await createTestDatabase();
  database = openDatabase(created.url, { name: "test" });
});

afterAll(async () => {
  await doorbell?.close();
  await database?.close();
  await created?.drop();
});

describe("migrations", () => {
  test("no two have the same number, for each is applied once", () => {
    const numbers = readdirSync(new URL("../../src/store/migrations/", import.meta.url)).map(it =>
      it.slice(0, 4),
    );
    expect(new Set(numbers).size).toBe(numbers.length);
  });

  test("a database without state says how to make it", async () => {
    await expect(checkVersion(database)).rejects.toThrow(/millrace db migrate/);
  });

  test("many engines that start at once migrate once", async () => {
    const others = Array.from({ length: 6 }, () =>
      openDatabase(created.url, { name: "test", connections: 3 }),
    );
    const results = await Promise.all(others.map(migrate));
    await Promise.all(others.map(other => other.close()));
    const files = readdirSync(new URL("../../src/store/migrations/", import.meta.url)).sort();
    expect(results.flatMap(it => it.applied)).toEqual(files.map(it => it.replace(".sql", "")));
    await checkVersion(database);
  });

  test("a state that is newer than the engine is refused, and nothing is changed", async () => {
    await database.query("insert into millrace.migration (version, name) values (9999, '9999-future')");
    await expect(checkVersion(database)).rejects.toThrow(/version 9999.*Update the millrace package/);
    await database.query("delete from millrace.migration where version = 9999");
  });
});

describe("the coordinator", () => {
  test("is one engine at a time; another takes over when its lease has run out", async () => {
    const [first, second] = [randomUUID(), randomUUID()];
    const held = await holdCoordinator(database, first, 10_000);
    expect(held).toMatchObject({ engine: first });
    expect(await holdCoordinator(database, second, 10_000)).toBeNull();
    await database.query("update millrace.coordinator set expires_at = now() - interval '1 second'");
    const taken = await holdCoordinator(database, second, 10_000);
    expect(Number(taken?.epoch)).toBeGreaterThan(Number(held?.epoch));
    await releaseCoordinator(database, second);
  });

  test("whose lease went to another writes nothing", async () => {
    doorbell = await openDoorbell(database);
    await registerEngine(database, {
      id: engine,
      name: "test",
      host: "here",
      pid: 1,
      version: "0",
      backfillSlots: 0,
    });
    await recordDigests(database, engine, ["abc"]);
    await doorbell.open("abc");
    const runId = await submit("superseded");
    const stale = await holdCoordinator(database, engine, 10_000);
    await database.query("update millrace.coordinator set engine = gen_random_uuid(), epoch = epoch + 1");
    await expect(dispatchRuns(database, doorbell, stale as never)).rejects.toThrow(/coordinates now/);
    expect((await findRun(database, runId))?.status).toBe("queued");
    expect(await doorbell.answer("abc", "front", 10)).toEqual([]);
    await database.query("update millrace.coordinator set expires_at = '-infinity'");
    await database.query("update millrace.run set status = 'canceled', ended_at = now() where id = $1", [
      runId,
    ]);
  });
});

describe("the fence", () => {
  test("lets the present attempt publish data and state together", async () => {
    const { runId, stepId, attempt } = await runningStep("published");
    await publish({ runId, stepId, attempt, asset: "published" });
    expect((await findRun(database, runId))?.steps[0]).toMatchObject({ status: "succeeded", rows: 1 });
    expect(await state("published")).toEqual([{ rows: "1" }]);
  });

  test("keeps a superseded attempt from publishing anything", async () => {
    const { runId, stepId, attempt } = await runningStep("zombie");
    await database.query(
      "update millrace.run_lease set expires_at = now() - interval '1 second' where run_id = $1",
      [runId],
    );
    expect(await takeOverLostRuns(database)).toEqual([runId]);
    await expect(publish({ runId, stepId, attempt, asset: "zombie" })).rejects.toBeInstanceOf(Fenced);
    expect(await state("zombie")).toEqual([]);
    const run = await findRun(database, runId);
    expect(run).toMatchObject({ status: "failed", steps: [{ status: "failed" }] });
    expect(run?.steps[0]?.error?.message).toMatch(
      /The engine that ran this step \(test, process 1 on here\) stopped answering/,
    );
  });
});

describe("a dispatched run", () => {
  test("is claimed by one engine only, however often it is asked for", async () => {
    const runId = await submit("claimed");
    const coordinator = await holdCoordinator(database, engine, 10_000);
    await dispatchRuns(database, doorbell, coordinator as never);
    const claim = {
      engine,
      digest: "abc",
      lane: "front" as const,
      limit: 10,
      leaseMs: 10_000,
      unheard: false,
    };
    const claims = await Promise.all(Array.from({ length: 5 }, () => claimRuns(database, doorbell, claim)));
    expect(claims.flat()).toEqual([runId]);
  });

  test("is claimed without its ring when who heard that died before it could claim", async () => {
    await doorbell.open("other");
    const runId = await submit("unheard");
    const coordinator = await holdCoordinator(database, engine, 10_000);
    await dispatchRuns(database, doorbell, coordinator as never);
    expect(await doorbell.answer("abc", "front", 10)).toHaveLength(1);
    const claim = {
      engine,
      digest: "abc",
      lane: "front" as const,
      limit: 10,
      leaseMs: 10_000,
      unheard: true,
    };
    expect(await claimRuns(database, doorbell, claim)).toEqual([]);
    await database.query(
      "update millrace.run set dispatched_at = now() - interval '11 seconds' where id = $1",
      [runId],
    );
    expect(await claimRuns(database, doorbell, { ...claim, lane: "back" })).toEqual([]);
    expect(await claimRuns(database, doorbell, { ...claim, digest: "other" })).toEqual([]);
    expect(await claimRuns(database, doorbell, claim)).toEqual([runId]);
  });

  test("that no living engine can claim says so", async () => {
    const runId = await submit("orphan", "definitions-of-nobody");
    const coordinator = await holdCoordinator(database, engine, 10_000);
    await dispatchRuns(database, doorbell, coordinator as never);
    expect(await findRun(database, runId)).toMatchObject({
      status: "queued",
      reason: expect.stringContaining("no living engine has these definitions loaded"),
    });
  });
});

describe("events", () => {
  test("have partitions for two weeks, and old days are dropped", async () => {
    await database.query(
      "create table millrace.event_20200101 partition of millrace.event for values from ('2020-01-01') to ('2020-01-02')",
    );
    await Promise.all([maintainEvents(database, 30), maintainEvents(database, 30)]);
    const partitions = await database.query<{ name: string }>(
      "select relname as name from pg_class where relnamespace = 'millrace'::regnamespace and relname ~ '^event_\\d{8}$'",
    );
    expect(partitions.rows.length).toBe(16);
    expect(partitions.rows.map(it => it.name)).not.toContain("event_20200101");
  });

  test("a message without end is cut, and says so", async () => {
    const at = new Date().toISOString();
    await appendLog(database, "1", null, [{ at, level: "info", asset: null, message: "x".repeat(100_000) }]);
    const [line] = await runLog(database, "1");
    expect(line?.message.length).toBeLessThan(5_000);
    expect(line?.message).toMatch(/96,?000 more characters/);
  });
});

async function submit(asset: string, digest = "abc"): Promise<string> {
  return submitRun(database, {
    environment: "dev",
    digest,
    selection: asset,
    requestedBy: "test",
    priority: 0,
    evaluatedAt: 0,
    plan: { steps: [{ assets: [asset as AssetKey], partitions: null, dependsOn: [] }] },
  });
}

async function runningStep(asset: string): Promise<{ runId: string; stepId: string; attempt: number }> {
  const runId = await submit(asset);
  const coordinator = await holdCoordinator(database, engine, 10_000);
  await dispatchRuns(database, doorbell, coordinator as never);
  await claimRuns(database, doorbell, {
    engine,
    digest: "abc",
    lane: "front" as const,
    limit: 10,
    leaseMs: 10_000,
    unheard: false,
  });
  const [step] = await stepsOfRun(database, runId);
  const started = await startStep(database, step?.id ?? "", randomUUID());
  return { runId, stepId: step?.id ?? "", attempt: started?.attempt ?? 0 };
}

function publish(step: { runId: string; stepId: string; attempt: number; asset: string }): Promise<void> {
  return publishStep(database, async () => ({
    ...step,
    asset: step.asset as AssetKey,
    slice: null,
    rows: 1,
    codeVersion: null,
    metadata: {},
    checks: [],
  }));
}

async function state(asset: string) {
  return (await database.query("select rows from millrace.asset_partition where asset = $1", [asset])).rows;
}
