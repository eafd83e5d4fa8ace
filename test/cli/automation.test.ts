import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
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
          return [runRequest({ key: "ada", partition: "ada" }), runRequest({ key: "bob", partition: "nobody" })];
        },
      });
      export const moreCustomers = sensor("more_customers", {
        assets: [perCustomer],
        on: false,
        run: ({ partitions, setCursor }) => {
          partitions.add(customers, "eve");
          setCursor("1");
          return runRequest({ key: "eve", partition: "eve" });
        },
      });
      export const careful = sensor("careful", { assets: [daily], every: "1 s", run: () => skip("nothing new") });
      export const thrower = sensor("thrower", { on: false, every: "1 s", run: () => { throw new Error("out of luck"); } });
      export const morning = schedule("morning", { cron: "0 6 * * *", timezone: "Europe/Berlin", assets: [daily], on: false });`,
  });
});

afterAll(() => workspace?.remove());

test("a test tick with a request that cannot be run fails as a whole, as the real one does, and changes nothing", async () => {
  const { code, stdout } = await workspace.millrace("automation", "test", "new_customers");
  expect(stdout.split("\n")).toEqual([
    "    found ada",
    "– would not run per_customer ada key ada, for the tick fails as a whole",
    '✗ The request with the key "bob" cannot be run: per_customer: There is no partition "nobody". There is ada alone. Nothing else of this tick is run either, until it is left out or corrected.',
    "",
  ]);
  expect(code).toBe(1);
  for (const left of ["run", "run_key", "tick", "automation", "dynamic_partition"]) {
    expect(await workspace.query(`select count(*)::int as rows from millrace.${left}`)).toEqual([
      { rows: 0 },
    ]);
  }
});

test("a test tick prints what would be requested, and the keys that would come with it", async () => {
  const { code, stdout } = await workspace.millrace("automation", "test", "more_customers");
  expect(stdout.split("\n")).toEqual([
    "would add to customers: eve",
    "✓ would run per_customer eve key eve",
    "cursor none → 1",
    "Nothing was changed.",
    "",
  ]);
  expect(code).toBe(0);
});

test("a test tick that fails names the line and exits 1; a schedule is tried at its last tick", async () => {
  const failed = await workspace.millrace("automation", "test", "thrower");
  expect(failed.code).toBe(1);
  expect(failed.stdout).toContain("✗ out of luck (assets.ts:32)");
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
  expect((await workspace.millrace("automation", "why", "dayly")).stderr).toContain(
    'There is no asset, sensor or schedule "dayly". Did you mean "daily"?',
  );
});

test("a file that does not load is told by whoever lists, or looks for what may stand in it", async () => {
  const file = join(workspace.root, "odd.ts");
  await writeFile(
    file,
    'import { schedule } from "millrace";\nexport const odd = schedule("odd", { cron: "0 99 * * *", assets: ["x"] });\n',
  );
  const listed = await workspace.millrace("automation", "list");
  expect(listed.stderr).toMatch(/✗ odd\.ts:2:\d+ .*"0 99 \* \* \*"/);
  const tested = await workspace.millrace("automation", "test", "odd");
  expect(tested.code).toBe(2);
  expect(tested.stderr).toMatch(/odd\.ts:2 does not load: .*"0 99 \* \* \*"/);
  expect(tested.stderr).toContain('There is no sensor, schedule or condition "odd".');
  await rm(file);
});

test("switching, listing and the history go from one process to another", async () => {
  const before = await workspace.millrace("automation", "list");
  expect(before.stdout).toContain('Nobody evaluates them now. Start "millrace daemon".');
  expect(before.stdout).toMatch(/next 20\S+ \d\d:\d\d:\d\d (UTC|GMT\S*|[A-Z]{3,4})/);
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
    ["more_customers", false, null, undefined],
    ["careful", false, false, "skipped"],
    ["thrower", false, null, "failed"],
    ["morning", false, null, undefined],
  ]);
  const ticks = await workspace.millrace("automation", "ticks", "thrower");
  expect(ticks.stdout).toMatch(/^✗ 20.* out of luck.*\n {4}at assets.ts:32$/m);
  const refused = await workspace.millrace("automation", "ticks", "new_customers");
  expect(refused.stdout).toMatch(
    / The request with the key "bob" cannot be run: .*left out or corrected(\. {2}|, \d+ times in a row)/,
  );
});

test("why of a sensor or a schedule tells whether it is on, what it came to and when it comes again", async () => {
  const why = async (name: string) => (await workspace.millrace("automation", "why", name)).stdout;
  const careful = await why("sensor:careful");
  expect(careful).toMatch(/^careful: sensor, every 1 s\noff by hand\. Switch it on: .* on careful\.\n\n– /);
  expect(careful).toContain("nothing new");
  await workspace.millrace("automation", "on", "morning");
  expect(await why("morning")).toMatch(
    /^morning: schedule, 0 6 .*\non by hand, next tick 20.*\n\nIt was not evaluated yet\.\n/,
  );
});
