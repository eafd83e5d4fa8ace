import { afterAll, beforeAll, expect, test } from "vitest";
import { type EngineProcess, startEngineProcess } from "../support/engineProcess.ts";
import { until } from "../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

const timing = { lease: 1_500, cancelGrace: 500 };
let workspace: TestWorkspace;
let victim: EngineProcess;

beforeAll(async () => {
  workspace = await testWorkspace({
    "assets.ts": `
      import { asset, eager } from "millrace";
      export const raw = asset("raw", { materialize: () => [{ n: 1 }] });
      export const clean = asset("clean", { inputs: { raw }, automation: eager(), materialize: ({ raw }) => raw });`,
  });
  victim = await startEngineProcess(workspace, { timing, automation: true });
});

afterAll(async () => {
  victim?.kill();
  await workspace?.remove();
});

const requests = () =>
  workspace.query<{ runs: number; leader: string | null }>(
    "select cardinality(run_ids) as runs from millrace.tick where kind = 'condition' and status = 'requested'",
  );

const looks = async () =>
  Number((await workspace.query("select number from millrace.condition_look"))[0]?.number ?? 0);

test("a leader that is killed between evaluation and commit has done nothing, and its follower does it once", async () => {
  expect(await until(async () => (await looks()) > 0)).toBe(true);
  // Whoever requests a run waits before its commit, until it is killed there.
  await workspace.query(`
    create function millrace.hang() returns trigger language plpgsql as $$
    begin
      if new.requested_by like 'condition%' then perform pg_advisory_lock(4711), pg_sleep(60); end if;
      return new;
    end $$`);
  await workspace.query(
    "create trigger hang before insert on millrace.run for each row execute function millrace.hang()",
  );
  await victim.submit("raw");
  const isHanging = async () =>
    (await workspace.query("select from pg_locks where locktype = 'advisory' and objid = 4711")).length > 0;
  expect(await until(isHanging)).toBe(true);
  victim.kill();
  await workspace.query(
    `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid = 4711`,
  );
  await workspace.query("drop trigger hang on millrace.run");
  expect(await requests()).toEqual([]);

  const follower = await workspace.engine({ timing, automation: true, name: "follower" });
  await follower.definitions();
  expect(await until(async () => (await requests()).length > 0, 20_000)).toBe(true);
  expect(
    await until(async () => {
      const [run] = await workspace.query("select status from millrace.run where selection = 'clean'");
      return run?.status === "succeeded";
    }),
  ).toBe(true);
  await new Promise(resolve => setTimeout(resolve, 500));
  expect(await requests()).toEqual([{ runs: 1 }]);
  expect(await workspace.query("select count(*)::int as runs from millrace.run")).toEqual([{ runs: 2 }]);
});

test("who has lost the lease while it evaluated writes nothing", async () => {
  const [before] = await workspace.query("select max(id)::int as id from millrace.run");
  await workspace.query(`
    create function millrace.usurp() returns trigger language plpgsql as $$
    begin
      if new.requested_by like 'condition%' then
        update millrace.automation_lease set epoch = epoch + 1, engine = gen_random_uuid(), expires_at = now();
      end if;
      return new;
    end $$`);
  await workspace.query(
    "create trigger usurp before insert on millrace.run for each row execute function millrace.usurp()",
  );
  const engine = await workspace.engine({ timing, name: "other" });
  const { runId } = await engine.materialize({ selection: "raw", requestedBy: "test" });
  await engine.waitForRun(runId);
  await new Promise(resolve => setTimeout(resolve, 1_000));
  const requested = await workspace.query(
    "select id from millrace.run where requested_by like 'condition%' and id > $1",
    [before?.id],
  );
  expect(requested).toEqual([]);
  await workspace.query("drop trigger usurp on millrace.run");
  expect(
    await until(async () => {
      const after = await workspace.query(
        "select id from millrace.run where requested_by like 'condition%' and id > $1",
        [before?.id],
      );
      return after.length === 1;
    }, 20_000),
  ).toBe(true);
});
