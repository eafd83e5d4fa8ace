import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { until } from "../../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../../support/workspace.ts";

let workspace: TestWorkspace;
let engine: Engine;

beforeAll(async () => {
  workspace = await testWorkspace({
    "sensors.ts": `
      import { readFileSync } from "node:fs";
      import { asset, postgresNotifySensor, runRequest, skip } from "millrace";
      export const orders = asset("orders", { materialize: () => [{ n: 1 }] });
      export const plain = asset("plain", { materialize: () => [{ n: 1 }] });
      const shop = () => readFileSync(new URL("./shop.txt", import.meta.url), "utf8").split(" ").filter(Boolean);
      export const changed = postgresNotifySensor("changed", {
        channel: "shop orders",
        database: { env: "MILLRACE_TEST_SHOP_URL" },
        every: "1 h",
        assets: [orders],
        run: ({ notifications, mayHaveMissed, cursor, setCursor, log }) => {
          log.info(notifications.length + (mayHaveMissed ? " and maybe more" : ""));
          const ids = shop().slice(Number(cursor ?? 0));
          if (ids.length === 0) return skip("no order after " + cursor);
          setCursor(ids.at(-1) ?? null);
          return ids.map(key => runRequest({ key }));
        },
      });
      export const bare = postgresNotifySensor("bare", {
        channel: "shop orders",
        database: { env: "MILLRACE_TEST_SHOP_URL" },
        every: "1 s",
        assets: [plain],
      });`,
  });
  process.env.MILLRACE_TEST_SHOP_URL = workspace.url;
  await writeFile(shop(), "");
});

afterAll(async () => {
  process.env.MILLRACE_TEST_SHOP_URL = undefined;
  await workspace?.remove();
});

const start = async () => {
  engine = await workspace.engine({ automation: true, timing: { lease: 3_000, cancelGrace: 500 } });
  await engine.definitions();
};
const shop = () => join(workspace.root, "shop.txt");
const order = async (id: number) => {
  await appendFile(shop(), `${id} `);
  await workspace.query("select pg_notify('shop orders', 'new')");
};
const keys = async () =>
  (
    await workspace.query<{ key: string }>(
      "select key from millrace.run_key where automation = 'changed' order by key::int",
    )
  ).map(it => it.key);
const said = async () =>
  (await engine.ticks({ kind: "sensor", name: "changed" }, 100)).flatMap(it =>
    it.log.map(line => line.message),
  );
const runsOf = async (name: string) =>
  (await workspace.query("select from millrace.run where requested_by = $1", [`sensor ${name}`])).length;
const listens = () =>
  workspace.query<{ pid: number; since: Date }>(
    `select pid, query_start as since from pg_stat_activity
     where application_name = 'millrace notifications' and datname = current_database() and query like 'listen %'`,
  );
/** Somebody listens, and the tick that follows from that is over. */
const settled = async () => {
  const [[connection], [tick]] = await Promise.all([
    listens(),
    engine.ticks({ kind: "sensor", name: "changed" }, 1),
  ]);
  return (
    connection !== undefined && tick !== undefined && Date.parse(tick.startedAt) >= connection.since.getTime()
  );
};

test("what was sent before anybody listened is caught up at the start", async () => {
  await order(1);
  await start();
  expect(await until(async () => (await keys()).length === 1)).toBe(true);
  expect(await until(settled)).toBe(true);
  expect((await said()).every(it => it === "0 and maybe more")).toBe(true);
});

test("what is sent while somebody listens is told as it is, and nothing may have been missed", async () => {
  await order(2);
  expect(await until(async () => (await keys()).length === 2)).toBe(true);
  expect((await said())[0]).toBe("1");
});

test("what is sent while the connection is lost is caught up as soon as somebody listens again", async () => {
  const missed = async () => (await said()).filter(it => it.endsWith("and maybe more")).length;
  const before = await missed();
  const [connection] = await listens();
  await appendFile(shop(), "3 ");
  // The cut and what is sent are one transaction, so that certainly nobody hears it.
  await workspace.query("select pg_terminate_backend($1), pg_sleep(0.05), pg_notify('shop orders', 'new')", [
    connection?.pid,
  ]);
  expect(await until(async () => (await keys()).length === 3)).toBe(true);
  expect(await missed()).toBe(before + 1);
  expect(await until(settled)).toBe(true);
  await order(4);
  expect(await until(async () => (await keys()).length === 4)).toBe(true);
  expect((await said())[0]).toBe("1");
});

test("so it is by the daemon that comes after one that ended; every order has one run", async () => {
  await engine.stop();
  await order(5);
  await start();
  expect(await until(async () => (await keys()).length === 5)).toBe(true);
  expect(await keys()).toEqual(["1", "2", "3", "4", "5"]);
  expect(await runsOf("changed")).toBe(5);
});

test("without a function the assets are requested for what was sent and what may have been missed, and no more", async () => {
  expect(await until(settled)).toBe(true);
  const before = await runsOf("bare");
  expect(before).toBeGreaterThanOrEqual(2);
  expect(
    await until(
      async () => (await engine.ticks({ kind: "sensor", name: "bare" }, 1))[0]?.reason === "no notification",
    ),
  ).toBe(true);
  const rested = await runsOf("bare");
  const evaluations = async () =>
    (await engine.ticks({ kind: "sensor", name: "bare" }, 1))[0]?.evaluations ?? 0;
  expect(await until(async () => (await evaluations()) >= 3)).toBe(true);
  expect(await runsOf("bare")).toBe(rested);
  await order(6);
  expect(await until(async () => (await runsOf("bare")) === rested + 1)).toBe(true);
});
