import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { migrate } from "../../src/store/migrate.ts";
import { dropOld } from "../../src/store/retention.ts";
import { recordTicks } from "../../src/store/ticks.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";

const day = 86_400_000;
const now = Date.now();
let created: TestDatabase;
let database: Database;

beforeAll(async () => {
  created = await createTestDatabase();
  database = openDatabase(created.url, { name: "test" });
  await migrate(database);
});

beforeEach(async () => {
  await database.query("truncate millrace.tick");
  await record("dev", "old", 5_000, now - 31 * day);
  await record("dev", "young", 10, now - 29 * day);
  await record("other", "old", 1, now - 31 * day);
});

afterAll(async () => {
  await database?.close();
  await created?.drop();
});

test("ticks are dropped when they are older than so many days, however many there are", async () => {
  await dropOld(database, "dev", 30, now);
  expect(await counts()).toEqual({ "dev young": 10, "other old": 1 });
});

test("a clock that jumps takes no history away", async () => {
  await dropOld(database, "dev", 30, now + 3_650 * day);
  expect(await counts()).toEqual({ "dev young": 10, "other old": 1 });
  await record("dev", "while it was behind", 1, now - 3_650 * day);
  await dropOld(database, "dev", 30, now - 3_650 * day);
  expect(await counts()).toEqual({ "dev young": 10, "dev while it was behind": 1, "other old": 1 });
});

async function record(environment: string, name: string, count: number, at: number) {
  const tick = {
    kind: "schedule" as const,
    name,
    at,
    startedAt: at,
    endedAt: at,
    status: "skipped" as const,
    cursorBefore: null,
    cursorAfter: null,
    reason: null,
    error: null,
    runIds: [],
    log: [],
  };
  for (let left = count; left > 0; left -= 400) {
    await recordTicks(database, environment, Array(Math.min(left, 400)).fill(tick));
  }
}

async function counts(): Promise<Record<string, number>> {
  const { rows } = await database.query<{ of: string; count: number }>(
    "select environment || ' ' || automation as of, count(*)::int from millrace.tick group by 1",
  );
  return Object.fromEntries(rows.map(it => [it.of, it.count]));
}
