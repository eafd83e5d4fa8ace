import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningCommand } from "../support/command.ts";
import { until } from "../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;
const daemons = new Set<RunningCommand>();

beforeAll(async () => {
  workspace = await testWorkspace({
    "sensors.ts": `
      import { appendFileSync } from "node:fs";
      import { asset, dailyPartitions, fileSensor, runRequest, schedule, sensor } from "millrace";
      const tell = (line: string) => appendFileSync(new URL("./told.txt", import.meta.url), line + "\\n");
      export const daily = asset("daily", {
        partitions: dailyPartitions({ start: "2026-01-01", end: "2026-12-31" }),
        materialize: ({}, { partition }) => [{ day: partition.key }],
      });
      export const report = asset("report", { materialize: () => [{ id: 1 }] });
      // Without a key: only cursor and runs together can keep its ticks apart.
      export const counts = sensor("counts", {
        assets: [daily],
        every: "1 s",
        run: async ({ cursor, setCursor }) => {
          const day = Number(cursor ?? 0);
          setCursor(String(day + 1));
          tell("begun " + day);
          await new Promise(resolve => setTimeout(resolve, 700));
          tell("ended " + day);
          return runRequest({ partition: new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10) });
        },
      });
      export const drops = fileSensor("drops", { files: "incoming/*.csv", every: "1 s", run: ({ files }) =>
        files.map(it => runRequest({ assets: [report], key: it.path })) });
      export const everyMinute = schedule("every_minute", { cron: "* * * * *", missed: "all", assets: [report] });`,
    "incoming/first.csv": "",
    "told.txt": "",
  });
});

afterAll(async () => {
  for (const daemon of daemons) daemon.kill("SIGKILL");
  await Promise.all([...daemons].map(it => it.ended));
  await workspace?.remove();
});

const start = () => void daemons.add(workspace.start("daemon"));
const told = async () => (await readFile(join(workspace.root, "told.txt"), "utf8")).trim().split("\n");
const cursor = async () =>
  Number(
    (await workspace.query("select cursor from millrace.automation where name = 'counts'"))[0]?.cursor ?? 0,
  );

async function leader(): Promise<{ pid: number; epoch: string; daemon: RunningCommand } | null> {
  const [row] = await workspace.query<{ pid: number; epoch: string }>(
    `select pid, epoch from millrace.automation_lease join millrace.engine on engine.id = automation_lease.engine
     where expires_at > now()`,
  );
  const daemon = [...daemons].find(it => it.pid === row?.pid);
  return row && daemon ? { ...row, daemon } : null;
}

/** Kills whoever leads, and answers when another one does. */
async function killLeader(when: () => Promise<unknown>) {
  const before = await leader();
  if (before === null) throw new Error("Nobody leads.");
  await when();
  before.daemon.kill("SIGKILL");
  await before.daemon.ended;
  daemons.delete(before.daemon);
  start();
  const isLed = async () => {
    const next = await leader();
    return next !== null && next.epoch !== before.epoch;
  };
  return isLed;
}

/** Runs of a requester, without those that make again what a dead engine took with it. */
const runsOf = (requester: string) =>
  workspace.query<{ day: string; evaluated_at: Date }>(
    `select partitions[1] as day, evaluated_at from millrace.run join millrace.step on run_id = run.id
     where requested_by = $1 and rest_of is null order by run.id`,
    [requester],
  );

const minutes = () =>
  workspace.query<{ key: string }>(
    "select key from millrace.run_key where automation = 'every_minute' order by key",
  );

test("the daemon that leads is killed within a tick, and between two: no tick is lost, no run is doubled", async () => {
  start();
  start();
  expect(await until(async () => (await leader()) !== null, 40_000)).toBe(true);
  expect(await until(async () => (await cursor()) >= 2, 40_000)).toBe(true);

  // Within: its function has begun and has not answered.
  const isWithin = async () => (await told()).at(-1)?.startsWith("begun") === true;
  const second = await killLeader(() => until(isWithin, 20_000));
  const atFirst = await cursor();
  await writeFile(join(workspace.root, "incoming", "while-nobody-leads.csv"), "");
  expect(await until(second, 40_000)).toBe(true);
  expect(await until(async () => (await cursor()) > atFirst + 1, 40_000)).toBe(true);

  // Between: what came of a tick was just committed.
  const third = await killLeader(async () => {
    const known = await cursor();
    await until(async () => (await cursor()) > known, 20_000);
  });
  const atSecond = await cursor();
  expect(await until(third, 40_000)).toBe(true);
  expect(await until(async () => (await cursor()) > atSecond + 1, 40_000)).toBe(true);
  expect(await until(async () => (await runsOf("sensor drops")).length === 2, 40_000)).toBe(true);
  expect(await until(async () => (await minutes()).length > 0, 75_000)).toBe(true);
  for (const daemon of daemons) daemon.kill("SIGKILL");
  await Promise.all([...daemons].map(it => it.ended));

  const count = await cursor();
  const days = Array.from({ length: count }, (_, day) =>
    new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10),
  );
  expect((await runsOf("sensor counts")).map(it => it.day)).toEqual(days);
  // The tick that was cut off was evaluated again, and had its effect once.
  const begun = (await told()).filter(it => it.startsWith("begun"));
  expect(begun.length).toBeGreaterThan(new Set(begun).size);

  const instants = (await minutes()).map(it => Date.parse(it.key));
  expect(instants).toEqual(instants.map((_, i) => (instants[0] as number) + i * 60_000));
  expect(await runsOf("schedule every_minute")).toHaveLength(instants.length);
}, 240_000);
