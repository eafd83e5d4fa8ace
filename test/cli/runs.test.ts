import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;

beforeAll(async () => {
  workspace = await testWorkspace({
    "assets.ts": `
      import { asset, dailyPartitions } from "millrace";
      const partitions = dailyPartitions({ start: "2026-01-01", end: "2026-01-11" });
      export const hello = asset("hello", { materialize: () => [{ word: "hello" }] });
      export const visits = asset("visits", { partitions, materialize: () => [] });
      export const broken = asset("broken", {
        partitions,
        materialize: () => { throw new Error("no luck"); },
      });`,
  });
  await workspace.millrace("materialize", "hello");
  await workspace.millrace("backfill", "visits", "--partitions", "2026-01-01...2026-01-02");
  await workspace.millrace("materialize", "visits", "--partitions", "2026-01-03...2026-01-06");
  await workspace.millrace("materialize", "broken", "--partition", "2026-01-07");
  await workspace.millrace("materialize", "hello", "--env", "staging");
});

afterAll(() => workspace?.remove());

/** The rows of `millrace runs`, without what depends on the clock. */
async function rows(...args: string[]): Promise<string[]> {
  const { stdout } = await workspace.millrace("runs", ...args);
  return stdout
    .trim()
    .split("\n")
    .map(line => line.replace(/(just now|\d+ (s|min) ago) +\d[\d.]* (ms|s)/, "").replaceAll(/ {2,}/g, " | "));
}

test("runs say which partitions they made, and where they belong when that is another environment", async () => {
  expect(await rows()).toEqual([
    "6 | succeeded | hello | staging | command line",
    "5 | failed | broken | 2026-01-07 | command line",
    "4 | succeeded | visits | 2026-01-03 … 2026-01-06 (4) | command line",
    "3 | succeeded | visits | 2026-01-02 | backfill 1",
    "2 | succeeded | visits | 2026-01-01 | backfill 1",
    "1 | succeeded | hello | command line",
  ]);
  const { json } = await workspace.millrace("runs", "--json", "--limit", "3");
  expect(json<{ runs: { partitions: unknown }[] }>().runs.map(it => it.partitions)).toEqual([
    [],
    [{ first: "2026-01-07", last: "2026-01-07", count: 1 }],
    [{ first: "2026-01-03", last: "2026-01-06", count: 4 }],
  ]);
});

test("runs are looked for by asset, status, backfill and environment", async () => {
  const ids = async (...args: string[]) => (await rows(...args)).map(row => row.split(" | ")[0]);
  expect(await ids("--asset", "visits or broken")).toEqual(["5", "4", "3", "2"]);
  expect(await ids("--asset", "visits", "--limit", "1")).toEqual(["4"]);
  expect(await ids("--status", "failed,canceled")).toEqual(["5"]);
  expect(await ids("--partition", "2026-01-02")).toEqual(["3"]);
  // It stands between the ends of what was made at once.
  expect(await ids("--partition", "2026-01-05")).toEqual(["4"]);
  expect(await ids("--partition", "2026-01-07", "--asset", "visits")).toEqual([
    'No such run. "millrace runs" lists all.',
  ]);
  expect(await ids("--backfill", "1")).toEqual(["3", "2"]);
  expect(await ids("--env", "staging")).toEqual(["6"]);
  expect(await ids("--asset", "hello", "--status", "failed")).toEqual([
    'No such run. "millrace runs" lists all.',
  ]);
});

test("runs of an asset that is no more in the code are found by its key", async () => {
  await workspace.write(
    "gone.ts",
    `import { asset } from "millrace"; export const gone = asset("gone", { materialize: () => [] });`,
  );
  await workspace.millrace("materialize", "gone");
  await workspace.write("gone.ts", "");
  expect(await rows("--asset", "gone")).toEqual(["7 | succeeded | gone | command line"]);
});

test("what cannot be looked for is told", async () => {
  const told = async (...args: string[]) => (await workspace.millrace("runs", ...args)).stderr;
  expect(await told("--status", "faild")).toContain('There is no status "faild". Did you mean "failed"?');
  expect(await told("--backfill", "7")).toContain('There is no backfill "7".');
  expect(await told("--asset", "vists")).toContain('There is no asset "vists". Did you mean "visits"?');
});

test("list says how many partitions are there and since when, also to programs", async () => {
  const { stdout } = await workspace.millrace("list");
  expect(stdout).toMatch(/○ visits +6\/10 · (just now|\d+ (s|min) ago)/);
  expect(stdout).toMatch(/✗ broken +0\/10 · 1 failed\n/);
  const { json } = await workspace.millrace("list", "visits", "--json");
  expect(json()).toMatchObject({
    assets: [
      {
        materializedAt: expect.stringMatching(/^\d{4}-/),
        partitionCounts: { total: 10, present: 6, stale: 0, failed: 0, missing: 4 },
      },
    ],
  });
});

test("list says of a refresh that failed that the old rows are still there", async () => {
  await workspace.write(
    "gone.ts",
    `import { asset } from "millrace";
     export const hello = asset("again", { materialize: () => [{ a: 1 }, { a: 2 }] });`,
  );
  await workspace.millrace("materialize", "again");
  await workspace.write(
    "gone.ts",
    `import { asset } from "millrace";
     export const hello = asset("again", { materialize: () => { throw new Error("no luck"); } });`,
  );
  await workspace.millrace("materialize", "again");
  const { stdout } = await workspace.millrace("list", "again");
  expect(stdout).toMatch(/✗ again +failed \(the 2 rows of (just now|\d+ (s|min) ago) stay\): no luck/);
  expect(await workspace.query("select a from assets.again order by 1")).toEqual([{ a: 1 }, { a: 2 }]);
});

test("a run is followed line by line until it ends, and is canceled from elsewhere", async () => {
  await workspace.write(
    "slow.ts",
    `import { asset } from "millrace";
     export const slow = asset("slow", { materialize: async (_, { log, signal }) => {
       for (let second = 0; !signal.aborted; second++) {
         log.info("second " + second);
         await new Promise(resolve => setTimeout(resolve, 100));
       }
       throw signal.reason;
     } });`,
  );
  const materialized = workspace.start("materialize", "slow");
  let id = "";
  await until(async () => {
    const [run] = await workspace.query<{ id: string }>(
      "select id::text from millrace.run where selection = 'slow' and status = 'running'",
    );
    id = run?.id ?? "";
    return id !== "";
  });
  const followed = workspace.start("runs", id, "--follow", "--json");
  expect(await until(() => followed.stdout().includes("second 9"))).toBe(true);

  expect(await workspace.millrace("runs", "cancel", id)).toMatchObject({ code: 0 });
  expect((await materialized.ended).code).toBe(1);
  const { code, stdout } = await followed.ended;
  expect(code).toBe(0);
  const lines = stdout
    .trim()
    .split("\n")
    .map(line => JSON.parse(line));
  expect(lines.slice(0, 3).map(it => it.message)).toEqual(["second 0", "second 1", "second 2"]);
  expect(lines.at(-1)).toMatchObject({ id, status: "canceled" });
  expect(await workspace.millrace("runs", "cancel", id)).toMatchObject({
    code: 2,
    stderr: `✗ Run ${id} has ended already: canceled.\n`,
  });
});
