import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;

beforeAll(async () => {
  workspace = await testWorkspace({
    "hello.ts": `
      import { asset } from "millrace";
      export const hello = asset("hello", {
        materialize: () => [{ id: 1, word: "hello" }, { id: 2, word: "world" }],
      });`,
    "words.ts": `
      import { asset } from "millrace";
      import { hello } from "./hello.js";
      export const loud = asset("words/loud", {
        inputs: { hello },
        materialize: ({ hello }) => hello.map(row => ({ ...row, word: row.word.toUpperCase() })),
      });
      export const broken = asset("words/broken", {
        inputs: { hello },
        materialize: () => {
          throw new Error("no luck");
        },
      });
      export const after = asset("words/after", { inputs: { broken }, materialize: () => [] });`,
  });
});

afterAll(() => workspace?.remove());

test("an input that was never materialized stops the command before anything runs", async () => {
  const { code, stderr, stdout } = await workspace.millrace("materialize", "words/loud", "--json");
  expect(stderr).toContain("words/loud needs hello, which was never materialized");
  expect(stderr).toContain("+words/loud");
  expect(stdout).toBe("");
  expect(code).toBe(2);
  expect(await workspace.query("select * from millrace.run")).toEqual([]);
});

test("an asset of five lines goes from file to rows", async () => {
  const { code, json } = await workspace.millrace("materialize", "hello", "--json");
  expect(json()).toMatchObject({
    status: "succeeded",
    runs: [{ steps: [{ assets: ["hello"], partitions: null, status: "succeeded", rows: 2, error: null }] }],
  });
  expect(code).toBe(0);
  expect(await workspace.query("select id, word from assets.hello order by id")).toEqual([
    { id: 1, word: "hello" },
    { id: 2, word: "world" },
  ]);
});

test("an upstream that exists is loaded, not computed again", async () => {
  const [before] = await workspace.query("select run_id from millrace.asset_partition where asset = 'hello'");
  const { json } = await workspace.millrace("materialize", "words/loud", "--json");
  expect(json()).toMatchObject({ runs: [{ steps: [{ assets: ["words/loud"], rows: 2 }] }] });
  expect(await workspace.query("select word from words.loud order by id")).toEqual([
    { word: "HELLO" },
    { word: "WORLD" },
  ]);
  expect(await workspace.query("select run_id from millrace.asset_partition where asset = 'hello'")).toEqual([
    before,
  ]);
});

test("a failed asset names its line, skips only what depends on it, and exits 1", async () => {
  const { code, stdout } = await workspace.millrace("materialize", "*");
  expect(code).toBe(1);
  const lines = stdout
    .replaceAll(/\d[\d,.]* (ms|s)\b/g, "<time>")
    .trim()
    .split("\n")
    .sort();
  expect(lines).toEqual([
    "2 materialized, 1 failed, 1 skipped in <time>",
    "– words/after  skipped: words/broken failed",
    "✓ hello  <time>  2 rows",
    "✓ words/loud  <time>  2 rows",
    "✗ words/broken  <time>  no luck  words.ts:11",
  ]);
});

test("a mistyped asset is answered with the nearest key, and nothing runs", async () => {
  const { code, stderr } = await workspace.millrace("materialize", "words/lout");
  expect(stderr).toContain('There is no asset "words/lout". Did you mean');
  expect(stderr).toContain("words/loud");
  expect(code).toBe(2);
});

test("list shows each asset with its state in words", async () => {
  const { stdout } = await workspace.millrace("list");
  expect(stdout).toMatch(/✓ hello\s+(just now|\d+ s ago) · 2 rows/);
  expect(stdout).toMatch(/✗ words\/broken\s+failed: no luck/);
  expect(stdout).toMatch(/– words\/after\s+skipped: words\/broken failed/);
});

test("runs retry materializes again what a run did not", async () => {
  const { json: list } = await workspace.millrace("runs", "--json");
  const [latest] = list<{ runs: { id: string; status: string }[] }>().runs;
  expect(latest?.status).toBe("failed");
  const { json } = await workspace.millrace("runs", "retry", latest?.id ?? "", "--json");
  const assets = json<{ runs: { steps: { assets: string[] }[] }[] }>().runs[0]?.steps.flatMap(
    it => it.assets,
  );
  expect(assets).toEqual(["words/broken", "words/after"]);
});

test("runs retry --all materializes everything of a run again, and nothing of a run that there is not", async () => {
  await workspace.millrace("materialize", "hello");
  const { json: list } = await workspace.millrace("runs", "--json");
  const id = list<{ runs: { id: string }[] }>().runs[0]?.id ?? "";
  expect(await workspace.millrace("runs", "retry", id)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("left nothing to retry"),
  });
  const { code, json } = await workspace.millrace("runs", "retry", id, "--all", "--json");
  expect(code).toBe(0);
  expect(json<{ runs: { steps: { assets: string[] }[] }[] }>().runs[0]?.steps[0]?.assets).toEqual(["hello"]);
  expect(await workspace.millrace("runs", "retry", "4711")).toMatchObject({ code: 2 });
});

test("an unknown command or option exits 2 and says what there is", async () => {
  expect(await workspace.millrace("materialise", "hello")).toMatchObject({ code: 2 });
  expect((await workspace.millrace("list", "--jsn")).stderr).toContain("--json");
});

test("leaving at once by a second Ctrl-C keeps nobody waiting, and the run is ended by the next engine", async () => {
  await workspace.write(
    "deaf.ts",
    `import { asset } from "millrace";\nexport const deaf = asset("deaf", { materialize: () => { for (;;) {} } });`,
  );
  const command = workspace.start("materialize", "deaf");
  const running = () =>
    workspace.query("select 1 from millrace.step where asset = 'deaf' and status = 'running'");
  expect(await until(async () => (await running()).length > 0, 20_000)).toBe(true);
  command.kill("SIGINT");
  await new Promise(resolve => setTimeout(resolve, 300));
  command.kill("SIGINT");
  expect((await command.ended).code).toBe(130);
  const { code, stdout } = await workspace.millrace("materialize", "hello");
  expect(code).toBe(0);
  expect(stdout).not.toContain("deaf");
  expect(await until(async () => (await running()).length === 0, 5_000)).toBe(true);
  await workspace.write("deaf.ts", "");
});

test("SIGTERM to the whole group of processes cancels what runs, as stopping a service does", async () => {
  await workspace.write(
    "long.ts",
    `import { asset } from "millrace";
     export const long = asset("long", {
       materialize: (_, { signal }) => new Promise((_, reject) => {
         const timer = setTimeout(() => {}, 60_000);
         signal.addEventListener("abort", () => { clearTimeout(timer); reject(signal.reason); });
       }),
     });`,
  );
  const command = workspace.start("materialize", "long");
  const status = async () =>
    (await workspace.query<{ status: string }>("select status from millrace.step where asset = 'long'"))[0]
      ?.status;
  expect(await until(async () => (await status()) === "running", 20_000)).toBe(true);
  command.killGroup("SIGTERM");
  expect((await command.ended).code).toBe(130);
  expect(await status()).toBe("canceled");
  await workspace.write("long.ts", "");
});

test("an asset of a file that does not load is not called unknown without a word of that", async () => {
  await workspace.write(
    "two.ts",
    `import { asset } from "millrace";
     export const one = asset("one_of_two", { materialize: () => [{ a: 1 }] });
     export const two = asset("two", { materialze: () => [{ a: 1 }] });`,
  );
  const { code, stderr } = await workspace.millrace("materialize", "one_of_two");
  expect(code).toBe(2);
  expect(stderr).toContain('two.ts:3 does not load: The option "materialze"');
  expect(stderr).toContain("What is declared in a file that does not load is not there until it does.");
  await workspace.write("two.ts", "");
});

test("while one run works on an asset, its state is running, whatever became of those that waited", async () => {
  await workspace.write(
    "slow.ts",
    `import { existsSync } from "node:fs";
     import { asset } from "millrace";
     export const slow = asset("slow", {
       materialize: async () => {
         while (!existsSync(import.meta.dirname + "/enough")) await new Promise(r => setTimeout(r, 50));
         return [{ a: 1 }];
       },
     });`,
  );
  const first = workspace.start("materialize", "slow");
  const isRunning = () =>
    workspace.query("select 1 from millrace.step where asset = 'slow' and status = 'running'");
  expect(await until(async () => (await isRunning()).length > 0, 20_000)).toBe(true);
  const second = workspace.start("materialize", "slow");
  const waiting = () =>
    workspace.query<{ id: string }>(
      "select id from millrace.run where selection = 'slow' and status = 'queued'",
    );
  expect(await until(async () => (await waiting()).length > 0, 20_000)).toBe(true);
  await workspace.millrace("runs", "cancel", (await waiting())[0]?.id ?? "");
  const { stdout } = await workspace.millrace("list", "slow");
  expect(stdout).toMatch(/▸ slow\s+running/);
  expect((await second.ended).stderr).toMatch(/waits for run \d+, which writes slow/);
  await workspace.write("enough", "");
  expect((await first.ended).code).toBe(0);
});
