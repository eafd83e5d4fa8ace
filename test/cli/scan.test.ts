import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startCommand } from "../support/command.ts";
import { type Project, writeProject } from "../support/project.ts";

let project: Project;

beforeAll(async () => {
  project = await writeProject({
    "assets/raw.ts": `import { asset } from "millrace";
export const raw = asset("raw/readings", { materialize: () => [] });
throw new Error("this is never executed");
`,
    "assets/report.ts": `import { asset } from "millrace";
import { raw as readings } from "./raw.ts";
export const report = asset("report", { inputs: { readings }, materialize: () => [] });
export const broken = asset("broken", { materialize: () => [ });
`,
  });
});
afterAll(() => project?.remove());

const scan = (...args: string[]) => startCommand(project.root, ["scan", ...args], {}).ended;

test("scan prints the graph and each problem at its place, runs nothing, and exits 1 for CI", async () => {
  expect(await scan()).toMatchObject({
    code: 1,
    stdout: [
      "raw/readings  typescript  assets/raw.ts:2",
      "report        typescript  assets/report.ts:3  ← raw/readings",
      "2 assets, 1 edge, 1 problem",
      "",
    ].join("\n"),
    stderr: expect.stringMatching(/^✗ assets\/report\.ts:4:62 Syntax error: Unexpected token\./),
  });
  expect(existsSync(join(project.root, ".millrace"))).toBe(false);
});

test("scan --json prints the same as one document, and exits 0 when nothing is wrong", async () => {
  const { code, json } = await scan("--json");
  expect(code).toBe(1);
  expect(json()).toMatchObject({
    assets: [{ key: "raw/readings", kind: "typescript", file: "assets/raw.ts", line: 2 }, { key: "report" }],
    edges: [{ from: "raw/readings", to: "report" }],
    problems: [{ file: "assets/report.ts", line: 4, column: 62, severity: "error" }],
  });
  await project.write("assets/report.ts", "export {};");
  expect(await scan()).toMatchObject({ code: 0, stderr: "" });
});
