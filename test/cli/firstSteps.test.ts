import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;

beforeAll(async () => {
  workspace = await testWorkspace({});
});

beforeEach(async () => {
  for (const name of ["millrace.json", "assets", "lib"])
    await rm(join(workspace.root, name), { recursive: true, force: true });
});

afterAll(() => workspace?.remove());

test("in an empty folder every command says that there is nothing yet, and no database is made for it", async () => {
  const message = `No assets here: no file in ${workspace.root} imports "millrace". Write a first one with "millrace init".\n`;
  for (const command of [["materialize", "x"], ["backfill", "x"], ["runs"], ["checks"]]) {
    const { code, stderr, stdout } = await withoutDatabase(...command);
    expect({ code, stderr, stdout }).toEqual({ code: 2, stderr: `✗ ${message}`, stdout: "" });
  }
  for (const command of ["list", "scan"]) {
    expect(await withoutDatabase(command)).toMatchObject({ code: 0, stdout: message });
  }
  expect(existsSync(join(workspace.root, ".millrace"))).toBe(false);
});

test("where patterns find no asset, it is said which, and whether they find files at all", async () => {
  await workspace.write("millrace.json", '{ "assets": ["assets/**/*.ts"] }');
  const pattern = '"assets" of millrace.json ("assets/**/*.ts")';
  expect((await withoutDatabase("list")).stdout).toBe(
    `No assets here: ${pattern} matches no file in ${workspace.root}. Write a first one with "millrace init".\n`,
  );
  await workspace.write(
    "lib/elsewhere.ts",
    'import { asset } from "millrace";\nexport const a = asset("a", {});',
  );
  expect((await withoutDatabase("materialize", "a")).stderr).toContain(
    `${pattern} matches no file in ${workspace.root}. Correct it, or leave it out`,
  );
  await workspace.write("assets/numbers.ts", "export const one = 1;");
  expect((await withoutDatabase("scan")).stdout).toContain(
    `assets/numbers.ts, and whatever else ${pattern} names, declares none.`,
  );
});

test("a list is printed although a file has errors, which are told before it and counted after it", async () => {
  await workspace.write(
    "assets/broken.ts",
    'import { asset } from "millrace"; export const a = asset("a", { materialize: () => [ });',
  );
  expect(await workspace.millrace("list")).toMatchObject({
    code: 0,
    stdout: "No asset could be read. Mend what is told above.\n",
    stderr: expect.stringContaining("✗ assets/broken.ts:1:86 Syntax error"),
  });
  await workspace.write(
    "assets/right.ts",
    'import { asset } from "millrace";\nexport const b = asset("b", { materialize: () => [] });',
  );
  const { code, stdout, stderr } = await workspace.millrace("list");
  expect({ code, stdout }).toEqual({ code: 0, stdout: "  ○ b  never materialized\n" });
  expect(stderr).toMatch(/^✗ assets\/broken\.ts:1:86 Syntax error/);
  expect(stderr).toMatch(
    /\n✗ 1 error in the files, told above: what is declared there may be missing here\.\n$/,
  );
  // The file's only line is its import, too: it is asked to load all the same.
  expect((await workspace.millrace("materialize", "a")).stderr).toContain(
    "assets/broken.ts:1 does not load:",
  );
});

test("what only loading tells is told by a list that had to load", async () => {
  await workspace.write(
    "assets/loaded.ts",
    `import { asset, dailyPartitions } from "millrace";
export const days = asset("days", { partitions: dailyPartitions({ start: "2026-01-01" }), materialize: () => [] });
export const odd = asset("odd", { pool: String(""), materialize: () => [] });`,
  );
  const { code, stderr } = await workspace.millrace("list");
  expect(code).toBe(0);
  expect(stderr).toMatch(/^✗ assets\/loaded\.ts:3:\d+ The pool of asset "odd" is the text ""/);
  const { problems } = (await workspace.millrace("list", "--json")).json<{ problems: { line: number }[] }>();
  expect(problems.map(it => it.line)).toEqual([3]);
});

test("a selection that selects nothing is named, and so is one without checks", async () => {
  await workspace.write(
    "assets/right.ts",
    'import { asset } from "millrace";\nexport const b = asset("b", { group: "raw", materialize: () => [] });',
  );
  expect(await workspace.millrace("list", "group:row")).toMatchObject({
    code: 0,
    stdout: '"group:row" selects nothing.\n',
    stderr: 'No asset has the group "row". Did you mean "raw"?\n',
  });
  expect(await workspace.millrace("checks", "key:c*")).toMatchObject({
    code: 0,
    stdout: '"key:c*" selects nothing.\n',
    stderr: 'No asset has the key "c*".\n',
  });
  expect((await workspace.millrace("checks", "b")).stdout).toBe("What is selected has no checks.\n");
});

test("a forgotten return is told by the step, and by who reads it, with a command that can be pasted", async () => {
  await workspace.write(
    "assets/forgotten.ts",
    `import { asset } from "millrace";
export const bad = asset("bad key!", { materialize: () => { [{ n: 1 }]; } });
export const reader = asset("reader", { inputs: { bad }, materialize: ({ bad }) => bad });`,
  );
  const made = await workspace.millrace("materialize", "+reader");
  expect(made.code).toBe(1);
  expect(made.stderr).toContain("bad key! │ bad key! returned nothing, so nothing is stored");
  expect(made.stdout).toContain(
    `If it was never materialized: millrace materialize '"bad key!"'. If it was, its function`,
  );
  expect((await workspace.millrace("materialize", '"bad key!"')).code).toBe(0);
});

test("an asset that stands where nobody looks is told with the reason", async () => {
  const told = async (...args: string[]) => (await workspace.millrace(...args)).stderr;
  const text = `export const a = asset("a", { materialize: () => [] });\n`;
  await workspace.write(
    "assets/right.ts",
    'import { asset } from "millrace";\nexport const b = asset("b", { materialize: () => [] });',
  );
  await workspace.write("assets/a.ts", `import { asset } from "milrace";\n${text}`);
  await workspace.write("millrace.json", '{ "assets": ["assets/*.ts"] }');
  expect(await told("materialize", "a")).toBe(
    `✗ assets/a.ts:2: "a" is declared without Millrace's asset: begin the file with import { asset } from "millrace".\n`,
  );
  await rm(join(workspace.root, "assets/a.ts"));
  await workspace.write("lib/a.ts", `import { asset } from "millrace";\n${text}`);
  expect(await told("backfill", "a")).toBe(
    `✗ lib/a.ts:2: "a" is declared in a file that "assets" of millrace.json does not name ("assets/*.ts"). Name it there, or move the file.\n`,
  );
  expect(await told("materialize", "elsewhere")).toBe(
    '✗ There is no asset "elsewhere". Run "millrace list" to see every asset.\n',
  );
});

test("where nothing is exported, everything is nothing, and it is said why", async () => {
  await workspace.write(
    "assets/kept.ts",
    'import { asset } from "millrace";\nconst kept = asset("kept", { materialize: () => [] });',
  );
  expect((await workspace.millrace("materialize", "*")).stderr).toContain(
    'assets/kept.ts:2: The asset "kept" is not exported',
  );
});

test("a file is no asset, a package has to be installed, and what others call run is called materialize", async () => {
  const told = async (...args: string[]) => (await workspace.millrace(...args)).stderr;
  await workspace.write(
    "assets/two.ts",
    `import { asset } from "millrace";
    export const b = asset("b", { materialize: () => [] });
    export const c = asset("c", { materialize: () => [] });`,
  );
  for (const file of ["assets/two.ts", "two.ts"]) {
    expect(await told("materialize", file)).toBe(
      `✗ There is no asset "${file}". assets/two.ts is a file; what it declares is named by its key: b, c.\n`,
    );
  }
  await workspace.write(
    "assets/two.ts",
    'import { asset } from "millrace";\nimport x from "@acme/x/y";\nexport const b = asset("b", { description: x });',
  );
  expect(await told("materialize", "b")).toContain(
    'assets/two.ts:2 does not load: Could not resolve "@acme/x/y". Install the package: npm install @acme/x\n',
  );
  await workspace.write(
    "assets/two.ts",
    'import { asset } from "millrace";\nexport const b = asset("b", { pool: String() });',
  );
  // The place is told once, and from the workspace's folder.
  expect(await told("materialize", "b")).toMatch(
    /^✗ assets\/two\.ts:2 does not load: The pool of asset "b" is the text ""\. Write/,
  );
  expect(await told("run", "b")).toContain('millrace has no command "run". Did you mean "materialize"?');
  expect(await told("materialize")).toContain(`"millrace list" shows what there is; '*' is all of it.`);
  expect((await workspace.millrace("list", "--help")).stdout).toContain("which assets (default: all)");
});

test("doctor counts one asset and one error as such", async () => {
  await workspace.write(
    "assets/a.ts",
    'import { asset } from "millrace";\nexport const a = asset("a", { grop: "x" });',
  );
  const { code, stdout } = await workspace.millrace("doctor");
  expect(code).toBe(1);
  expect(stdout).toContain("1 asset, 1 error ");
});

/** As somebody begins, who has configured none. */
function withoutDatabase(...args: string[]) {
  return workspace.startWith({ MILLRACE_DATABASE_URL: "" }, ...args).ended;
}
