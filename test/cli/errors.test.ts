import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;

beforeAll(async () => {
  workspace = await testWorkspace({
    "assets.ts": `
      import { asset, dailyPartitions, sensor } from "millrace";
      export const letters = asset("letters", { materialize: () => [{ letter: "a" }] });
      export const visits = asset("visits", {
        partitions: dailyPartitions({ start: "2026-01-01", end: "2026-01-11" }),
        materialize: () => [],
      });
      export const five = asset("five", { materialize: () => 5 as never });
      export const odd = sensor("odd", { every: "1 h", run: () => ({ nothing: "new" }) as never });`,
  });
});

afterAll(() => workspace?.remove());

test("with --json a command that fails prints one line of JSON on standard error, and nothing else", async () => {
  const wrong = await workspace.millrace("materialize", "leters", "--json");
  expect(wrong).toMatchObject({ code: 2, stdout: "" });
  expect(JSON.parse(wrong.stderr)).toEqual({
    error: { message: 'There is no asset "leters". Did you mean "letters"?', exitCode: 2 },
  });

  const notRead = await workspace.millrace("list", "--jsno", "--json");
  expect(notRead).toMatchObject({ code: 2, stdout: "" });
  expect(JSON.parse(notRead.stderr)).toMatchObject({ error: { exitCode: 2 } });

  const never = await workspace.millrace("preview", "letters", "--json");
  expect(never).toMatchObject({ code: 1, stdout: "" });
  expect(JSON.parse(never.stderr)).toMatchObject({
    error: { message: expect.stringContaining("does not exist"), exitCode: 1 },
  });
});

test("the JSON of an error tells the place in a file that it is about", async () => {
  await workspace.write("millrace.json", '{\n  "asets": []\n}');
  const { stderr } = await workspace.millrace("list", "--json");
  expect(JSON.parse(stderr)).toMatchObject({ error: { file: "millrace.json", line: 2, column: 3 } });
  await workspace.write("millrace.json", "{}");
});

test("a wrong call names what is wrong, what was meant, and the help of the very command", async () => {
  const told = async (...args: string[]) => (await workspace.millrace(...args)).stderr;
  expect(await told("materialize", "letters", "--partion", "x")).toBe(
    '✗ millrace materialize has no option "--partion". Did you mean --partition? "millrace materialize --help" says what it takes.\n',
  );
  expect(await told("runs", "cancle", "1")).toBe(
    '✗ millrace runs has no command "cancle". Did you mean "cancel"? "millrace runs --help" says what it takes.\n',
  );
  expect(await told("materialize")).toContain("millrace materialize needs SELECTION: which assets.");
  expect(await told("runs", "-n")).toContain("--limit needs a value: --limit <n>.");
});

test("a workspace that does not exist is a wrong call", async () => {
  for (const call of [
    ["list", "--root", "nowhere"],
    ["scan", "nowhere"],
  ]) {
    const { code, stderr } = await workspace.millrace(...call);
    expect(code).toBe(2);
    expect(stderr).toMatch(/✗ The folder .*nowhere does not exist\./);
  }
});

test("a selection that a shell has cut or replaced is answered with how to write it", async () => {
  const cut = await workspace.millrace("materialize", "letters", "visits");
  expect(cut).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("A selection is one argument: 'letters or visits'."),
  });
  // What a shell makes of *
  const { stderr } = await workspace.millrace("list", "assets.ts", "millrace.json");
  expect(stderr).toContain("A selection is one argument: '*'.");
});

test("what is not exported is not run, and told with its line, wherever it is asked for", async () => {
  await workspace.write(
    "kept.ts",
    'import { asset } from "millrace";\nconst kept = asset("kept", { materialize: () => [] });',
  );
  const message =
    'kept.ts:2: The asset "kept" is not exported, so it cannot be run: write "export const kept = asset(…)".';
  for (const command of ["materialize", "backfill", "mark"]) {
    const { code, stderr } = await workspace.millrace(command, "kept");
    expect({ code, stderr }).toEqual({ code: 2, stderr: `✗ ${message}\n` });
  }
  expect((await workspace.millrace("materialize", "kep")).stderr).toContain('There is no asset "kep".');
  // What is refused for another reason says that one.
  expect((await workspace.millrace("materialize", "*")).stderr).toMatch(
    /^✗ visits has partitions: say which/,
  );
  await workspace.write("kept.ts", "");
});

test("a key of no partition is answered with why, and with what there is", async () => {
  const told = async (partitions: string) =>
    (await workspace.millrace("materialize", "visits", "--dry-run", "--partitions", partitions)).stderr;
  expect(await told("2025-12-31")).toBe(
    '✗ visits: There is no partition "2025-12-31": it is before the first one. There are 2026-01-01 … 2026-01-10 (10).\n',
  );
  expect((await workspace.millrace("preview", "visits", "--partition", "2026-02-01")).stderr).toContain(
    'visits: There is no partition "2026-02-01": it is after the last one.',
  );
  expect((await workspace.millrace("preview", "vists")).stderr).toContain('Did you mean "visits"?');
  expect(await told("2026-01-12")).toContain("it is after the last one. There are");
  expect(await told("2026-1-5")).toContain('Did you mean "2026-01-05"?');
  expect(await told("2026-01-05..2026-01-07")).toContain(
    "Between the ends of a range stand three dots: 2026-01-05...2026-01-07.",
  );
});

test("what a function wrongly returns is told once, with the line of its asset", async () => {
  const { code, stdout, stderr } = await workspace.millrace("materialize", "five");
  expect(code).toBe(1);
  expect(stdout).toMatch(/✗ five .* The asset five returned 5, .* assets\.ts:8\n/);
  expect(`${stdout}${stderr}`.match(/returned 5/g)).toHaveLength(1);
});

test("what a sensor wrongly answers is told with the sensor's line", async () => {
  const { code, stdout } = await workspace.millrace("automation", "test", "odd");
  expect(code).toBe(1);
  expect(stdout).toMatch(/It answers an object\. .*\(assets\.ts:9\)/);
});

test("who reads only the beginning ends nothing and sees no stack trace", async () => {
  const command = workspace.start("materialize", "visits", "--partitions", "2026-01-01...2026-01-10");
  command.stopReading();
  const { code, stderr } = await command.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(await workspace.query("select count(*)::int as n from millrace.materialization")).toEqual([
    { n: 10 },
  ]);
});
