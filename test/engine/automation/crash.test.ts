import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type EngineProcess, startEngineProcess } from "../../support/engineProcess.ts";
import { until } from "../../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../../support/workspace.ts";

const sensors = 12;
const rounds = 4;
const timing = { lease: 900, cancelGrace: 200 };
let workspace: TestWorkspace;

beforeAll(async () => {
  workspace = await testWorkspace({
    "sensors.ts": `
      import { asset, dailyPartitions, fileSensor, runRequest, sensor } from "millrace";
      const made = Array.from({ length: ${sensors} }, (_, i) => {
        const daily = asset("daily_" + i, {
          partitions: dailyPartitions({ start: "2026-01-01", end: "2026-12-31" }),
          materialize: ({}, { partition }) => [{ day: partition.key }],
        });
        // Without a key: only cursor and runs together can keep them apart.
        const counts = sensor("counts_" + i, {
          assets: [daily],
          every: "1 s",
          run: ({ cursor, setCursor }) => {
            const day = Number(cursor ?? 0);
            setCursor(String(day + 1));
            return runRequest({ partition: new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10) });
          },
        });
        return [daily, counts];
      });
      export const all = made.flat();
      export const report = asset("report", { materialize: () => [{ id: 1 }] });
      export const drops = fileSensor("drops", {
        files: "incoming/*.csv",
        every: "1 s",
        run: ({ files }) => files.map(() => runRequest({ assets: [report] })),
      });`,
    "incoming/first.csv": "",
  });
});

const engines = new Set<EngineProcess>();

afterAll(async () => {
  for (const engine of engines) engine.kill();
  await workspace?.remove();
});

test("whoever leads is killed, or stopped and woken: the next one goes on, and no run is lost or requested twice", async () => {
  const start = async () =>
    void engines.add(await startEngineProcess(workspace, { timing, automation: true }));
  await Promise.all([start(), start()]);
  let files = 1;
  const epochs = new Set<unknown>();
  for (let round = 0; round < rounds; round++) {
    // A machine that is busy with other things may let a lease run out; somebody takes it then.
    expect(await until(async () => (await leaders()).length > 0, 20_000)).toBe(true);
    const [leader] = await leaders();
    await writeFile(join(workspace.root, "incoming", `${round}.csv`), "");
    files++;
    // Some rounds strike while ticks are written, some between them.
    await new Promise(resolve => setTimeout(resolve, 700 + ((round * 137) % 600)));
    const victim = [...engines].find(it => it.pid === leader?.pid) ?? ([...engines][0] as EngineProcess);
    epochs.add(leader?.epoch);
    const isZombie = round % 2 === 1;
    victim.kill(isZombie ? "SIGSTOP" : "SIGKILL");
    if (!isZombie) {
      engines.delete(victim);
      await start();
    }
    const isLed = async () => {
      const [next] = await leaders();
      return next !== undefined && next.epoch !== leader?.epoch;
    };
    expect(await until(isLed, 20_000)).toBe(true);
    if (isZombie) victim.kill("SIGCONT");
  }
  expect(epochs.size).toBe(rounds);
  const allFiles = async () => (await runsOf("sensor drops")).length === files;
  expect(await until(allFiles, 15_000), `${(await runsOf("sensor drops")).length} of ${files}`).toBe(true);
  for (const engine of engines) engine.kill();

  let runs = 0;
  for (let i = 0; i < sensors; i++) {
    const [row] = await workspace.query("select cursor from millrace.automation where name = $1", [
      `counts_${i}`,
    ]);
    const wanted = Array.from({ length: Number(row?.cursor) }, (_, day) =>
      new Date(Date.UTC(2026, 0, 1 + day)).toISOString().slice(0, 10),
    );
    expect((await runsOf(`sensor counts_${i}`)).map(it => (it.partitions as string[])[0])).toEqual(wanted);
    runs += wanted.length;
  }
  expect(runs).toBeGreaterThan(sensors * rounds * 0.5);
}, 180_000);

function leaders() {
  return workspace.query<{ pid: number; epoch: string }>(
    `select pid, epoch from millrace.automation_lease join millrace.engine on engine.id = automation_lease.engine
     where expires_at > now()`,
  );
}

/** Without those that make what an engine took with it. */
function runsOf(requester: string) {
  return workspace.query(
    `select run.id, partitions from millrace.run join millrace.step on run_id = run.id
     where requested_by = $1 and rest_of is null order by run.id`,
    [requester],
  );
}
