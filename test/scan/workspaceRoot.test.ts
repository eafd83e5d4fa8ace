import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { workspaceRoot } from "../../src/scan/workspaceRoot.ts";
import { type Project, writeProject } from "../support/project.ts";

let project: Project;
afterEach(() => project.remove());

test("the root is the nearest folder upward with millrace.json", async () => {
  project = await writeProject({
    "package.json": `{ "workspaces": ["packages/*"] }`,
    "packages/data/millrace.json": "{}",
    "packages/data/assets/a.ts": "",
  });
  const data = join(project.root, "packages/data");
  expect(workspaceRoot(data)).toBe(data);
  expect(workspaceRoot(join(data, "assets"))).toBe(data);
  expect(workspaceRoot(join(data, "assets/a.ts"))).toBe(data);
  expect(workspaceRoot(join(data, "not/there/yet"))).toBe(data);
});

test.each([
  ["npm or yarn", "package.json", `{ "workspaces": ["packages/*"] }`],
  ["pnpm", "pnpm-workspace.yaml", "packages: [packages/*]"],
])("without one it is the root of the workspace of %s", async (_, file, text) => {
  project = await writeProject({ [file]: text, "packages/data/package.json": "{}" });
  expect(workspaceRoot(join(project.root, "packages/data"))).toBe(project.root);
});

test("else it is the folder itself", async () => {
  project = await writeProject({ "package.json": "not JSON", "data/package.json": "{}" });
  expect(workspaceRoot(join(project.root, "data"))).toBe(join(project.root, "data"));
});
