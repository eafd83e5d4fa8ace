import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;

beforeAll(async () => {
  workspace = await testWorkspace({
    "cities.ts": `
      import { asset, dailyPartitions, dynamicPartitions } from "millrace";
      export const cities = asset("cities", {
        partitions: dynamicPartitions("city"),
        materialize: (_, { partition }) => [{ city: partition.key }],
      });
      export const daily = asset("daily", {
        partitions: dailyPartitions({ start: "2026-01-01", end: "2026-02-01" }),
        materialize: (_, { partition }) => [{ day: partition.key }],
      });
      export const total = asset("total", { inputs: { daily }, materialize: ({ daily }) => [{ days: daily.length }] });`,
  });
});

afterAll(() => workspace?.remove());

const done = { code: 0 };

test("keys of partitions that the definition gives are not asked for", async () => {
  const { code, stderr } = await workspace.millrace("partitions", "list", "daily");
  expect(code).toBe(2);
  expect(stderr).toContain("The partitions of daily are given by its definition (daily from 2026-01-01");
});

test("a name of dynamic partitions that no asset has is told, with the one that was meant", async () => {
  const { stderr } = await workspace.millrace("partitions", "add", "ctiy", "Oslo");
  expect(stderr).toBe('! No asset has dynamicPartitions("ctiy"). Did you mean "city"?\n');
  await workspace.millrace("partitions", "remove", "ctiy", "Oslo");
  expect((await workspace.millrace("partitions", "list", "cities")).stderr).toContain(
    'The partitions of the asset cities are called "city".',
  );
});

test("before there are any partitions it is said how they come to be", async () => {
  await workspace.write(
    "later.ts",
    `import { asset, dailyPartitions, dynamicPartitions } from "millrace";
     export const later = asset("later", { partitions: dailyPartitions({ start: "2999-01-01" }), materialize: () => [] });
     export const none = asset("none", { partitions: dynamicPartitions("nobody's"), materialize: () => [] });`,
  );
  for (const command of [
    ["materialize", "later", "--missing"],
    ["backfill", "later"],
  ]) {
    expect((await workspace.millrace(...command)).stdout).toBe(
      "Nothing to run: what is selected has no partitions yet. The first one begins at 2999-01-01T00:00, and is there when it has ended.\n",
    );
  }
  expect((await workspace.millrace("backfill", "none")).stdout).toContain(
    `Keys are added by millrace partitions add 'nobody'\\''s' KEY.`,
  );
  await workspace.write("later.ts", "");
});

test("without a name all dynamic partitions are listed, also those that no asset has any more", async () => {
  expect((await workspace.millrace("partitions", "list")).stdout).toBe("city  0 keys  cities\n");
  await workspace.millrace("partitions", "add", "former", "a", "b");
  expect((await workspace.millrace("partitions", "list")).stdout).toBe(
    "city    0 keys  cities\nformer  2 keys  no asset has them any more\n",
  );
  expect((await workspace.millrace("partitions", "list", "--json")).json()).toEqual({
    partitions: [
      { name: "city", keys: 0, assets: ["cities"] },
      { name: "former", keys: 2, assets: [] },
    ],
  });
  await workspace.millrace("partitions", "remove", "former", "a", "b");
});

test("a key that a shell would take apart is suggested in quotes", async () => {
  await workspace.write(
    "both.ts",
    `import { asset, multiPartitions, staticPartitions } from "millrace";
     const partitions = multiPartitions({ a: staticPartitions(["x"]), b: staticPartitions(["y z"]) });
     export const both = asset("both", { partitions, materialize: () => [] });`,
  );
  const { stderr } = await workspace.millrace("materialize", "both");
  expect(stderr).toContain("both has partitions: say which, by --partition 'x|y z', --partitions A...B");
  await workspace.write("both.ts", "");
});

test("a plan tells the first of many steps that a step waits for, and how many more", async () => {
  const { stdout } = await workspace.millrace("materialize", "daily+", "--missing", "--dry-run");
  expect(stdout).toMatch(/total +after daily 2026-01-01, daily 2026-01-02, daily 2026-01-03 and 28 more\n/);
});

test("keys of dynamic partitions are added, used and removed from the command line", async () => {
  expect(await workspace.millrace("materialize", "cities", "--partition", "Bergen")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('There is no partition "Bergen": none exists yet.'),
  });
  expect(await workspace.millrace("partitions", "add", "city", "Oslo", "Bergen")).toMatchObject({
    ...done,
    stdout: "added Oslo, Bergen\n",
  });
  expect(await workspace.millrace("backfill", "cities")).toMatchObject(done);
  expect(await workspace.millrace("partitions", "remove", "city", "Oslo")).toMatchObject(done);
  // Bergen has moved to another position, and is still what was made.
  const plan = await workspace.millrace("backfill", "cities", "--missing", "--dry-run", "--json");
  expect(plan.json()).toMatchObject({ targets: [{ asset: "cities", done: 1, missing: 0 }], runs: 0 });
  expect(await workspace.millrace("materialize", "cities", "--partition", "Bergen")).toMatchObject(done);
  expect(await workspace.query("select city from assets.cities order by 1")).toEqual([
    { city: "Bergen" },
    { city: "Oslo" },
  ]);
});

test("a backfill prints one JSON document with its runs, and is shown afterwards", async () => {
  const made = await workspace.millrace(
    "backfill",
    "daily",
    "--partitions",
    "2026-01-01...2026-01-03",
    "--json",
  );
  expect(made.code).toBe(0);
  const { backfill: id } = made.json<{ backfill: string }>();
  expect(await workspace.millrace("backfill", "retry", id)).toMatchObject({
    ...done,
    stdout: `Nothing to retry: all of backfill ${id} succeeded.\n`,
  });
  expect(made.json()).toMatchObject({
    status: "succeeded",
    runs: [
      {
        status: "succeeded",
        steps: [{ assets: ["daily"], partitions: ["2026-01-01"], status: "succeeded", rows: 1 }],
      },
      { steps: [{ partitions: ["2026-01-02"] }] },
      { steps: [{ partitions: ["2026-01-03"] }] },
    ],
  });
  const { backfill } = made.json<{ backfill: string }>();
  expect((await workspace.millrace("backfill", "show", backfill)).stdout).toContain("daily  3/3");
  expect((await workspace.millrace("backfill", "pause", backfill)).stderr).toContain("is succeeded");
});

test("the plan of a backfill is a table", async () => {
  const { stdout } = await workspace.millrace(
    "backfill",
    "daily",
    "--partitions",
    "2026-01-02...2026-01-05",
    "--dry-run",
  );
  expect(stdout).toMatch(
    /asset +to make +missing +failed +stale +done +partitions\ndaily +4 +2 +0 +0 +2 +2026-01-02 … 2026-01-05\n4 runs, about /,
  );
});

test("what failed and was never there is missing, and the plan says so", async () => {
  await workspace.write(
    "bad.ts",
    `import { asset, dailyPartitions } from "millrace";
     export const bad = asset("bad", {
       partitions: dailyPartitions({ start: "2026-01-01", end: "2026-01-04" }),
       materialize: (_, { partition }) => {
         if (partition.key === "2026-01-02") throw new Error("no file");
         return [];
       },
     });`,
  );
  await workspace.millrace("materialize", "bad", "--partitions", "2026-01-01...2026-01-02");
  const told = async (...args: string[]) =>
    (await workspace.millrace("backfill", "bad", "--dry-run", ...args)).stdout;
  expect(await told("--missing")).toMatch(
    /\nbad +2 +1 +1 +0 +1 +2026-01-02 … 2026-01-03\n.*\n1 partition of "failed" was never materialized, and so missing, too\.\n$/,
  );
  expect(await told("--missing", "--failed")).not.toContain("never materialized");
  await workspace.write("bad.ts", "");
});

test("what something newer has made stale is found and made again", async () => {
  expect(await workspace.millrace("materialize", "total")).toMatchObject(done);
  await workspace.millrace("materialize", "daily", "--partition", "2026-01-02");
  expect((await workspace.millrace("list", "total")).stdout).toContain("stale: daily 2026-01-02 is newer");
  expect(await workspace.millrace("materialize", "total", "--stale")).toMatchObject(done);
  expect(await workspace.millrace("materialize", "total", "--stale")).toMatchObject({
    ...done,
    stdout: "Nothing to run: nothing of what is selected is stale. Without --stale it is made anew.\n",
  });
  // To look at what would run is no failure either.
  expect(await workspace.millrace("materialize", "total", "--stale", "--dry-run")).toMatchObject(done);
  expect(
    (await workspace.millrace("materialize", "daily", "--missing", "--failed", "--partition", "2026-01-02"))
      .stdout,
  ).toBe(
    "Nothing to run: nothing of what is selected is missing or failed when it was last tried. Without --missing and --failed it is made anew.\n",
  );
  const nothing = await workspace.millrace("backfill", "daily", "--failed", "--json");
  expect([nothing.code, nothing.json()]).toEqual([0, { status: "succeeded", runs: [] }]);
});

test("assets are marked as materialized, and wiped", async () => {
  await workspace.millrace("mark", "daily", "--partitions", "2026-01-10...2026-01-12");
  const before = await workspace.millrace("backfill", "daily", "--dry-run", "--json");
  expect(before.json()).toMatchObject({ targets: [{ done: 6 }] });
  await workspace.millrace("wipe", "daily", "--partition", "2026-01-10");
  const after = await workspace.millrace("backfill", "daily", "--dry-run", "--json");
  expect(after.json()).toMatchObject({ targets: [{ done: 5 }] });
});

test("whoever reads a whole asset that is not all there is told so in the log of the run", async () => {
  await workspace.millrace("wipe", "daily");
  await workspace.millrace("materialize", "daily", "--partitions", "2026-01-02...2026-01-03");
  const note =
    "total reads 2 of the 31 partitions of daily. Never materialized: 2026-01-01, 2026-01-04 … 2026-01-31. Make them by millrace backfill daily --missing.\n";
  const { code, stderr } = await workspace.millrace("materialize", "total");
  expect({ code, stderr }).toEqual({ code: 0, stderr: note });
  const [run] = (await workspace.millrace("runs", "--json", "--limit", "1")).json<{
    runs: { id: string }[];
  }>().runs;
  expect((await workspace.millrace("runs", run?.id ?? "")).stdout).toContain(note);
  const plan = await workspace.millrace("materialize", "daily or total", "--missing", "--dry-run");
  expect(plan.stdout).not.toContain("Never materialized");
});

test("what is cut otherwise than what it needs is made with it by a backfill", async () => {
  await workspace.write(
    "weekly.ts",
    `import { asset, weeklyPartitions } from "millrace";
     import { daily } from "./cities.ts";
     export const weekly = asset("weekly", {
       partitions: weeklyPartitions({ start: "2026-01-18", end: "2026-01-25" }),
       inputs: { daily },
       materialize: ({ daily }) => [{ days: daily.length }],
     });`,
  );
  const refused = await workspace.millrace("materialize", "weekly", "--partition", "2026-01-18");
  expect(refused.stderr).toContain('never materialized. Materialize that first, or backfill "+weekly".');
  expect(
    await workspace.millrace("backfill", "+weekly", "--missing", "--partitions", "2026-01-18...2026-01-24"),
  ).toMatchObject(done);
  await workspace.write("weekly.ts", "");
});
