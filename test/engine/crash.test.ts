import { afterAll, beforeAll, expect, test } from "vitest";
import { type EngineProcess, startEngineProcess } from "../support/engineProcess.ts";
import { until } from "../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

const rowCount = 60_000;
const rounds = 20;
const timing = { lease: 1_000, cancelGrace: 500 };
let workspace: TestWorkspace;

beforeAll(async () => {
  workspace = await testWorkspace({
    "wide.ts": `
      import { asset } from "millrace";
      export const wide = asset("wide", {
        materialize: async function* () {
          const version = Number(process.env.VERSION);
          for (let id = 0; id < ${rowCount}; id++) yield { id, version, text: "some text to carry " + id };
        },
      });`,
  });
  // A second engine is alive all the time, as a daemon or a colleague's editor would be.
  await workspace.engine({ timing, name: "survivor" });
});

afterAll(() => workspace?.remove());

test("kill -9 of engine or worker in mid-COPY leaves old rows or new ones, and no step that runs for ever", async () => {
  const first = await startEngineProcess(workspace, { timing, env: { VERSION: "0" } });
  await ended(await first.submit("wide"));
  first.kill();
  let copiesHit = 0;
  const outlived: number[] = [];

  for (let round = 1; round <= rounds; round++) {
    const engine = await startEngineProcess(workspace, { timing, env: { VERSION: String(round) } });
    const runId = await engine.submit("wide");
    if (await until(isCopying, 3_000)) copiesHit++;
    // Some rounds strike at the beginning of the COPY, some later, some while it publishes.
    await new Promise(resolve => setTimeout(resolve, (round * 53) % 400));
    strike(engine, round);
    const struck = Date.now();
    const status = await ended(runId);
    outlived.push(Date.now() - struck);
    engine.kill();

    const [table] = await workspace.query(
      "select count(*)::int as rows, min(version) as first, max(version) as last from assets.wide",
    );
    expect(table?.rows).toBe(rowCount);
    expect(table?.first).toBe(table?.last);
    expect(table?.first === round).toBe(status === "succeeded");
  }

  // Who is dead holds its steps for a lease; the rest is patience with a busy machine.
  expect(Math.max(...outlived)).toBeLessThan(timing.lease + 5_000);
  expect(copiesHit).toBeGreaterThan(rounds / 2);
  expect(await workspace.query("select id from millrace.step where status in ('running', 'queued')")).toEqual(
    [],
  );
  expect(await workspace.query("select asset from millrace.slice_claim")).toEqual([]);
}, 480_000);

test("an engine that was paused past its lease cannot publish when it wakes", async () => {
  const [before] = await workspace.query("select min(version) as version from assets.wide");
  const engine = await startEngineProcess(workspace, { timing, env: { VERSION: "99" } });
  const runId = await engine.submit("wide");
  expect(await until(isCopying, 20_000)).toBe(true);
  engine.signalWorker("SIGSTOP");
  engine.kill("SIGSTOP");
  expect(await ended(runId)).toBe("failed");
  engine.signalWorker("SIGCONT");
  engine.kill("SIGCONT");
  await new Promise(resolve => setTimeout(resolve, 1_500));
  engine.kill();
  expect(await workspace.query("select distinct version from assets.wide")).toEqual([before]);
});

function strike(engine: EngineProcess, round: number): void {
  if (round % 2 === 0) engine.signalWorker("SIGKILL");
  else engine.kill();
}

async function isCopying(): Promise<boolean> {
  const sessions = await workspace.query(
    "select pid from pg_stat_activity where datname = current_database() and query ilike 'copy %' and state = 'active'",
  );
  return sessions.length > 0;
}

async function ended(runId: string): Promise<unknown> {
  let status: unknown;
  const isOver = await until(async () => {
    const [row] = await workspace.query("select ended_at, status from millrace.run where id = $1", [runId]);
    status = row?.status;
    return row?.ended_at !== null;
  });
  expect(isOver).toBe(true);
  return status;
}

test("what killed workers had staged is swept by the next one", async () => {
  const staged = () =>
    workspace.query(
      "select relname from pg_class where relnamespace = to_regnamespace('millrace_staging')::oid and relkind = 'r'",
    );
  const engine = await startEngineProcess(workspace, { timing, env: { VERSION: "100" } });
  expect(await until(async () => (await staged()).length === 0)).toBe(true);
  engine.kill();
});
