import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Project, writeProject } from "../support/project.ts";

const commandLine = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const real = readFileSync(new URL("../scan/fixtures/weather-v12.json", import.meta.url), "utf8");
let project: Project;

beforeAll(async () => {
  project = await writeProject({ "target/manifest.json": real, "cut.json": real.slice(0, 999) });
});
afterAll(() => project.remove());

function scan(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [commandLine, "scan", ...args], {
    cwd: project.root,
    encoding: "utf8",
  });
  return { code: status, stdout, stderr };
}

test("scan --manifest --json prints the graph of a manifest alone as one JSON document", () => {
  const { code, stdout, stderr } = scan("--manifest", "target/manifest.json", "--json");
  expect([code, stderr]).toEqual([0, ""]);
  const graph = JSON.parse(stdout);
  expect(Object.keys(graph)).toEqual(["assets", "edges", "problems"]);
  expect(graph.assets.map((it: { kind: string; uniqueId: string }) => `${it.kind} ${it.uniqueId}`)).toContain(
    "source source.weather.assets.validated_readings",
  );
  expect(graph.edges).toContainEqual({ from: "stg_readings", to: "daily_weather_summary", kind: "input" });
});

test("for a person it is a table; a file that is no manifest is an error with its place, and exit code 1", () => {
  expect(scan("--manifest", "target/manifest.json").stdout).toContain("7 assets, 8 edges, 0 problems");
  const cut = scan("--manifest", "cut.json", "--json");
  expect(cut.code).toBe(1);
  expect(JSON.parse(cut.stdout)).toMatchObject({ assets: [], edges: [], problems: [{ file: "cut.json" }] });
  expect(scan("--manifest", "none.json").stderr).toContain("none.json:1:1 none.json could not be read");
});
