import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { type Doorbell, openDoorbell } from "../../src/store/doorbell.ts";
import { migrate } from "../../src/store/migrate.ts";
import { dropOld } from "../../src/store/retention.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

const digest = "abc";
let created: TestDatabase;
let database: Database;
let doorbell: Doorbell;

beforeAll(async () => {
  created = await createTestDatabase();
  database = openDatabase(created.url, { name: "test" });
  await migrate(database);
  doorbell = await openDoorbell(database);
  await doorbell.open(digest);
});

beforeEach(async () => {
  await database.query("delete from millrace_queue.job");
  const rings = ["1", "2", "3"].map(runId => ({ digest, runId, priority: 0 }));
  await database.transaction(sql => doorbell.ring(sql, rings));
});

afterAll(async () => {
  await doorbell?.close();
  await database?.close();
  await created?.drop();
});

test("a ring takes no room once its run is claimed", async () => {
  const rings = await doorbell.answer(digest, "front", 2);
  expect(rings).toHaveLength(2);
  const jobs = rings.map(it => it.job);
  await database.transaction(sql => doorbell.done(sql, digest, "front", jobs));
  expect(await left()).toBe(1);
});

test("a ring that nobody ends is dropped with what is old", async () => {
  await doorbell.answer(digest, "front", 1);
  await dropOld(database, "dev", 30, Date.now());
  expect(await left()).toBe(3);
  await database.query("update millrace_queue.job set created_on = now() - interval '31 days'");
  await dropOld(database, "dev", 30, Date.now());
  expect(await left()).toBe(0);
});

async function left(): Promise<number> {
  const { rows } = await database.query<{ count: number }>(
    "select count(*)::int as count from millrace_queue.job",
  );
  return rows[0]?.count ?? -1;
}
