import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import type { RunSummary } from "../../src/model/run.ts";
import { until } from "../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;
let engine: Engine;

beforeAll(async () => {
  workspace = await testWorkspace({
    "assets/first.ts": `
      import { asset } from "millrace";
      export const numbers = asset("numbers", { materialize: () => [{ n: 1 }, { n: 2 }, { n: 3 }] });`,
  });
  engine = await workspace.engine({ timing: { cancelGrace: 500 } });
});

afterAll(() => workspace?.remove());

/** Writes an asset file, materializes, and waits for the end. */
async function run(selection: string, file?: string, text?: string): Promise<RunSummary> {
  if (file && text) await workspace.write(`assets/${file}.ts`, `import { asset } from "millrace";\n${text}`);
  const { runId } = await engine.materialize({ selection, requestedBy: "test" });
  return engine.waitForRun(runId);
}

function draw({ status, steps }: RunSummary): string {
  return [
    status,
    ...steps.map(step => `${step.assets} ${step.status}${step.reason ? `: ${step.reason}` : ""}`),
  ].join("\n");
}

test("what was saved a moment ago is what runs", async () => {
  const define = (word: string) =>
    `export const saved = asset("saved", { materialize: () => [{ word: "${word}" }] });`;
  await run("saved", "saved", define("before"));
  await run("saved", "saved", define("after"));
  expect(await workspace.query("select word from assets.saved")).toEqual([{ word: "after" }]);
});

test("what was saved while older definitions are being loaded is what runs", async () => {
  const define = (word: string) =>
    `import { asset } from "millrace";\nexport const hasty = asset("hasty", { materialize: () => [{ word: "${word}" }] });`;
  for (const word of ["one", "two", "three"]) {
    const loading = engine.definitions();
    await workspace.write("assets/hasty.ts", define(word));
    await Promise.all([loading, run("hasty")]);
    expect(await workspace.query("select word from assets.hasty")).toEqual([{ word }]);
  }
});

test("one process serves run after run, and another one what was saved since", async () => {
  const define = (word: string) =>
    `export const served = asset("served", { materialize: () => { console.log("${word}"); return [{ pid: process.pid }]; } });`;
  const pid = async () => (await workspace.query("select pid::int from assets.served"))[0]?.pid;
  await run("served", "served", define("before"));
  const first = await pid();
  await run("served");
  expect(await pid()).toBe(first);
  expect(first).not.toBe(process.pid);
  await run("served", "served", define("after"));
  expect(await pid()).not.toBe(first);
});

test("a table of somebody else is read by its columns' types, and a resource is open while it is needed", async () => {
  await workspace.query("create table public.stations (name text, since timestamptz, height bigint)");
  await workspace.query(
    "insert into public.stations values ('BER-01', '2026-01-01T00:00Z', 9007199254740993)",
  );
  const { id } = await run(
    "visited",
    "visited",
    `import { resource, source } from "millrace";
     const clock = resource("clock", {
       open: () => { console.log("opened"); return { year: (at: Date) => at.getUTCFullYear() }; },
       close: () => console.log("closed"),
     });
     const stations = source<{ name: string; since: Date; height: bigint }>("public.stations");
     export const visited = asset("visited", {
       inputs: { stations },
       resources: { clock },
       materialize: ({ stations }, { resources: { clock } }) => {
         console.log("called");
         return stations.map(it => ({ year: clock.year(it.since), above: it.height + 1n }));
       },
     });`,
  );
  expect(await workspace.query("select year, above::text from assets.visited")).toEqual([
    { year: 2026, above: "9007199254740994" },
  ]);
  expect((await engine.runLog(id)).map(it => it.message)).toEqual(["opened", "called", "closed"]);
});

test("steps that do not depend on each other run at the same time, also those a factory made", async () => {
  await run(
    "slow_a or slow_b",
    "parallel",
    `let together = 0;
     const meet = async () => {
       together++;
       for (let wait = 0; together < 2 && wait < 400; wait++) await new Promise(r => setTimeout(r, 10));
       return [{ together }];
     };
     export const slow = ["slow_a", "slow_b"].map(key => asset(key, { materialize: meet }));`,
  );
  expect(
    await workspace.query("select together from assets.slow_a union all select together from assets.slow_b"),
  ).toEqual([{ together: 2 }, { together: 2 }]);
});

test("assets are found in what a file exports: alone, in a list, under names", async () => {
  const make = (key: string) => `asset("${key}", { materialize: () => [{ key: "${key}" }] })`;
  const shop = `export const shop = { gifts: ${make("gifts")}, more: [${make("wraps")}], open: true };
shop.self = shop;`;
  expect(draw(await run("gifts or wraps", "shop", shop))).toBe("succeeded\ngifts succeeded\nwraps succeeded");
});

test("console output of user code becomes the log of its step", async () => {
  const { id } = await run(
    "talks",
    "talks",
    `export const talks = asset("talks", { materialize: (_, { log }) => { console.log("one", { two: 2 }); log.warn("three"); return []; }, columns: { a: "text" } });`,
  );
  const lines = (await engine.runLog(id)).map(({ asset, level, message }) => `${asset} ${level} ${message}`);
  expect(lines).toEqual(["talks info one { two: 2 }", "talks warn three"]);
});

describe("a file that does not load", () => {
  test("disables itself and its importers, and nothing else", async () => {
    await workspace.write(
      "assets/wrong.ts",
      `import { asset } from "millrace";\nexport const wrong = asset("wrong", {{`,
    );
    await workspace.write(
      "assets/importer.ts",
      `import { asset } from "millrace";\nimport { wrong } from "./wrong.js";\nexport const importer = asset("importer", { inputs: { wrong }, materialize: () => [] });`,
    );
    expect(draw(await run("numbers"))).toBe("succeeded\nnumbers succeeded");
    const { problems } = await engine.definitions();
    expect(problems.map(({ file, line, severity }) => `${file}:${line} ${severity}`)).toEqual([
      "assets/wrong.ts:2 error",
      "assets/importer.ts:2 error",
    ]);
    await expect(run("wrong")).rejects.toThrow(/assets\/wrong\.ts:2 does not load/);
    await workspace.write("assets/wrong.ts", "");
    await workspace.write("assets/importer.ts", "");
  });

  test("says so when it imports what is not there", async () => {
    await workspace.write(
      "assets/lost.ts",
      `import { asset } from "millrace";\nimport { x } from "./nowhere.js";\nexport const lost = asset("lost", { materialize: () => [x] });`,
    );
    const { problems } = await engine.definitions();
    expect(problems).toEqual([
      expect.objectContaining({
        file: "assets/lost.ts",
        line: 2,
        message: expect.stringContaining("./nowhere.js"),
      }),
    ]);
    await workspace.write("assets/lost.ts", "");
  });
});

test("two assets that would live in one relation are a definition error that names both", async () => {
  await workspace.write(
    "assets/twins.ts",
    `import { asset } from "millrace";
import { postgresTable } from "millrace/postgres";
export const one = asset("pair/one", { materialize: () => [] });
export const two = asset("two", { io: postgresTable({ schema: "pair", table: "one" }), materialize: () => [] });`,
  );
  const { problems } = await engine.definitions();
  expect(problems.map(it => it.message)).toEqual([
    expect.stringMatching(/"two" and "pair\/one" \(assets\/twins.ts:3\) both live in pair\.one/),
  ]);
  await workspace.write("assets/twins.ts", "");
});

test("the source's own import.meta.url and __dirname are what user code sees", async () => {
  await run(
    "where",
    "where",
    `export const where = asset("where", { materialize: () => [{ url: import.meta.url, folder: __dirname }] });`,
  );
  const [row] = await workspace.query<{ url: string; folder: string }>("select * from assets.where");
  expect(row?.url).toMatch(/\/assets\/where\.ts$/);
  expect(row?.folder).toBe(`${workspace.root}/assets`);
});

describe("canceling", () => {
  test("aborts the signal, and the run ends as canceled", async () => {
    await workspace.write(
      "assets/patient.ts",
      `import { asset } from "millrace";
       export const patient = asset("patient", {
         materialize: (_, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
       });
       export const later = asset("later", { inputs: { patient }, materialize: () => [] });`,
    );
    const { runId } = await engine.materialize({ selection: "patient or later", requestedBy: "test" });
    await until(async () => (await engine.run(runId))?.steps[0]?.status === "running");
    await engine.cancelRun(runId);
    const ended = await engine.waitForRun(runId);
    expect(draw(ended)).toMatch(
      /^canceled\npatient canceled: after .+\nlater canceled: the run was canceled$/,
    );
  });

  test("ends code that never listens by ending its process; the next run has a new one", async () => {
    await workspace.write(
      "assets/deaf.ts",
      `import { asset } from "millrace";\nexport const deaf = asset("deaf", { materialize: () => { for (;;) {} } });`,
    );
    const { runId } = await engine.materialize({ selection: "deaf", requestedBy: "test" });
    await until(async () => (await engine.run(runId))?.steps[0]?.status === "running");
    await engine.cancelRun(runId);
    expect((await engine.waitForRun(runId)).status).toBe("canceled");
    expect(draw(await run("numbers"))).toBe("succeeded\nnumbers succeeded");
  });
});

describe("one owner per slice", () => {
  test("makes nothing else fail: what ran in the same process runs again", async () => {
    await workspace.write(
      "assets/neighbour.ts",
      `import { asset } from "millrace";
       let begun = 0;
       export const neighbour = asset("neighbour", {
         materialize: async () => {
           await new Promise(resolve => setTimeout(resolve, 1_500));
           return [{ begun: ++begun }];
         },
       });
       export const deafer = asset("deafer", { materialize: () => { for (;;) {} } });`,
    );
    const { runId } = await engine.materialize({ selection: "neighbour", requestedBy: "test" });
    const isRunning = async (id: string) => (await engine.run(id))?.steps[0]?.status === "running";
    expect(await until(() => isRunning(runId))).toBe(true);
    const { runId: deaf } = await engine.materialize({ selection: "deafer", requestedBy: "test" });
    expect(await until(() => isRunning(deaf))).toBe(true);
    await engine.cancelRun(deaf);
    expect(draw(await engine.waitForRun(deaf))).toMatch(/^canceled/);
    expect(draw(await engine.waitForRun(runId))).toBe("succeeded\nneighbour succeeded");
    expect(await workspace.query("select attempt from millrace.step where run_id = $1", [runId])).toEqual([
      { attempt: 2 },
    ]);
  });

  test("an overlapping run waits, names the run it waits for, and then runs", async () => {
    await workspace.write(
      "assets/slow.ts",
      `import { asset } from "millrace";
       export const slow = asset("slow", { materialize: async () => { await new Promise(r => setTimeout(r, 700)); return [{ a: 1 }]; } });`,
    );
    const first = await engine.materialize({ selection: "slow", requestedBy: "test" });
    const second = await engine.materialize({ selection: "slow", requestedBy: "test" });
    await until(async () => (await engine.run(second.runId))?.reason !== null);
    expect((await engine.run(second.runId))?.reason).toBe(`waits for run ${first.runId}, which writes slow`);
    const [one, two] = await Promise.all([first, second].map(it => engine.waitForRun(it.runId)));
    expect([one?.status, two?.status]).toEqual(["succeeded", "succeeded"]);
    expect(Date.parse(two?.startedAt ?? "")).toBeGreaterThanOrEqual(Date.parse(one?.endedAt ?? ""));
  });
});

test("a blocking check that fails keeps the old rows", async () => {
  const define = (value: number) =>
    `export const guarded = asset("guarded", {
       checks: [{ name: "positive", blocking: true, sql: "n > 0" }],
       materialize: () => [{ n: ${value} }],
     });`;
  expect((await run("guarded", "guarded", define(1))).status).toBe("succeeded");
  const failed = await run("guarded", "guarded", define(-1));
  expect(failed.steps[0]?.error).toMatchObject({
    message:
      'guarded: the blocking check "positive" failed for 1 row: 1 row does not satisfy: n > 0. Nothing was published. Repair the rows or relax the check.',
    file: "assets/guarded.ts",
    line: expect.any(Number),
  });
  const wrong = await run("guarded", "guarded", define(2).replace("n > 0", "m > 0"));
  expect(wrong.steps[0]?.error?.message).toContain(
    `failed: The check's SQL failed: column "m" does not exist. Nothing was published. Correct the SQL of the check.`,
  );
  expect(await workspace.query("select n from assets.guarded")).toEqual([{ n: 1 }]);
  expect(await workspace.query("select passed from millrace.check_result where asset = 'guarded'")).toEqual([
    { passed: false },
  ]);
});

test("a relation that Millrace did not create is not touched", async () => {
  await workspace.query("create schema if not exists assets");
  await workspace.query("create table assets.theirs (precious text)");
  await workspace.query("insert into assets.theirs values ('keep')");
  const { steps } = await run(
    "theirs",
    "theirs",
    `export const theirs = asset("theirs", { materialize: () => [{ precious: "gone" }] });`,
  );
  expect(steps[0]?.error?.message).toMatch(/adopt: true/);
  expect(await workspace.query("select precious from assets.theirs")).toEqual([{ precious: "keep" }]);
});

test("the digest of the definitions is recorded with each run, and is the same for the same sources", async () => {
  await run("numbers");
  const [last] = await workspace.query("select digest from millrace.run order by id desc limit 1");
  const record = JSON.parse(await readFile(`${workspace.root}/.millrace/definitions/current.json`, "utf8"));
  expect(last?.digest).toBe(record.digest);
});

test("runs that are too old are dropped where nobody evaluates automations, but the last of each asset", async () => {
  const [old, last] = [(await run("numbers")).id, (await run("numbers")).id];
  await workspace.query("update millrace.run set ended_at = now() - interval '1 year' where id = any($1)", [
    [old, last],
  ]);
  const left = async () =>
    (
      await workspace.query<{ id: string }>("select id from millrace.run where id = any($1)", [[old, last]])
    ).map(it => it.id);
  await workspace.engine({ background: false });
  expect(await left()).toHaveLength(2);
  await workspace.engine();
  expect(await until(async () => (await left()).length === 1)).toBe(true);
  expect(await left()).toEqual([last]);
});

test("how a run ended is told to others even by an engine that stops in the same moment", async () => {
  const heard: string[] = [];
  const onlooker = await workspace.engine({
    client: { runChanged: ({ id, status }) => void heard.push(`${id} ${status}`) },
  });
  const hasty = await workspace.engine();
  const { runId } = await hasty.materialize({ selection: "numbers", requestedBy: "test" });
  await hasty.waitForRun(runId);
  await hasty.stop();
  expect(await until(() => heard.includes(`${runId} succeeded`), 3_000), heard.join()).toBe(true);
  await onlooker.stop();
});
