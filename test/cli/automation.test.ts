import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;

beforeAll(async () => {
  workspace = await testWorkspace({
    "assets.ts": `
      import { asset, dailyPartitions, dynamicPartitions, runRequest, schedule, sensor, skip } from "millrace";
      export const daily = asset("daily", {
        partitions: dailyPartitions({ start: "2026-01-01" }),
        materialize: ({}, { partition }) => [{ day: partition.key }],
      });
      export const customers = dynamicPartitions("customers");
      export const perCustomer = asset("per_customer", {
        partitions: customers,
        materialize: ({}, { partition }) => [{ customer: partition.key }],
      });
      export const newCustomers = sensor("new_customers", {
        assets: [perCustomer],
        every: "1 h",
        run: ({ partitions, setCursor, log }) => {
          log.info("found ada");
          partitions.add(customers, "ada");
          setCursor("1");
          return [runRequest({ key: "ada", partition: "ada" }), runRequest({ partition: "nobody" })];
        },
      });
      export const careful = sensor("careful", { assets: [daily], every: "1 s", run: () => skip("nothing new") });
      export const thrower = sensor("thrower", { on: false, every: "1 s", run: () => { throw new Error("out of luck"); } });
      export const morning = schedule("morning", { cron: "0 6 * * *", timezone: "Europe/Berlin", assets: [daily], on: false });`,
  });
});

afterAll(() => workspace?.remove());

test("a test tick prints what would be requested, and changes nothing", async () => {
  const { code, stdout } = await workspace.millrace("automation", "test", "new_customers");
  expect(stdout.split("\n")).toEqual([
    "    found ada",
    "would add to customers: ada",
    "✓ would run per_customer ada key ada",
    'no run of per_customer nobody: per_customer: There is no partition "nobody".'.replace(/^/, "– "),
    "cursor none → 1",
    "Nothing was changed.",
    "",
  ]);
  expect(code).toBe(0);
  for (const left of ["run", "run_key", "tick", "automation", "dynamic_partition"]) {
    expect(await workspace.query(`select count(*)::int as rows from millrace.${left}`)).toEqual([
      { rows: 0 },
    ]);
  }
});

test("a test tick that fails names the line and exits 1; a schedule is tried at its last tick", async () => {
  const failed = await workspace.millrace("automation", "test", "thrower");
  expect(failed.code).toBe(1);
  expect(failed.stdout).toContain("✗ out of luck (assets.ts:23)");
  const tested = await workspace.millrace("automation", "test", "morning", "--json");
  const { status, requests } = tested.json<{
    status: string;
    requests: { key: string; steps: string[] }[];
  }>();
  expect(status).toBe("requested");
  expect(requests[0]?.steps[0]).toMatch(/^daily 20\d\d-\d\d-\d\d$/);
});

test("a name that nothing has is refused with the nearest one", async () => {
  const { code, stderr } = await workspace.millrace("automation", "on", "new_costumers");
  expect(code).toBe(2);
  expect(stderr).toContain(
    'There is no sensor, schedule or condition "new_costumers". Did you mean "new_customers"?',
  );
});

test("switching, listing and the history go from one process to another", async () => {
  const before = await workspace.millrace("automation", "list");
  expect(before.stdout).toContain('Nobody evaluates them now. Start "millrace daemon".');
  expect(before.stdout).toMatch(/schedule\s+morning\s+off\s+0 6 \* \* \* \(Europe\/Berlin\)/);

  const ended: string[] = [];
  const engine = await workspace.engine({
    automation: true,
    client: { ticksEnded: ticks => void ended.push(...ticks.map(it => `${it.name} ${it.status}`)) },
  });
  await engine.definitions();
  expect((await workspace.millrace("automation", "on", "thrower")).stdout).toBe(
    "The sensor thrower is on.\n",
  );
  expect(await until(() => ended.includes("thrower failed"))).toBe(true);
  expect((await workspace.millrace("automation", "reset", "thrower")).stdout).toBe(
    "The sensor thrower is off.\n",
  );
  expect((await workspace.millrace("automation", "off", "careful")).stdout).toBe(
    "The sensor careful is off.\n",
  );

  const listed = await workspace.millrace("automation", "list", "--json");
  const { automations, daemon } = listed.json<{
    automations: {
      name: string;
      isOn: boolean;
      switched: boolean | null;
      lastTick: { status: string } | null;
    }[];
    daemon: { leader: { name: string } };
  }>();
  expect(daemon.leader.name).toBe("test");
  expect(automations.map(it => [it.name, it.isOn, it.switched, it.lastTick?.status])).toEqual([
    ["new_customers", true, null, "failed"],
    ["careful", false, false, "skipped"],
    ["thrower", false, null, "failed"],
    ["morning", false, null, undefined],
  ]);
  const ticks = await workspace.millrace("automation", "ticks", "thrower");
  expect(ticks.stdout).toMatch(/^✗ 20.* out of luck.*\n {4}at assets.ts:23$/m);
}, 60_000);
