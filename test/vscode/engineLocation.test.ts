import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { locateEngine } from "../../src/vscode/engineLocation.ts";
import { type Project, writeProject } from "../support/project.ts";

let project: Project;
afterEach(() => project.remove());

describe("the engine of a workspace", () => {
  test("is the millrace that is installed in it", async () => {
    await write("node_modules/millrace/dist/cli.js");
    expect(locate()).toEqual({ cli: at("node_modules/millrace/dist/cli.js"), from: "workspace" });
  });

  test("is the one that its imports find in a folder above, as in a monorepo", async () => {
    await write("node_modules/millrace/dist/cli.js", "packages/weather/millrace.json");
    expect(locate("packages/weather").cli).toBe(at("node_modules/millrace/dist/cli.js"));
  });

  test("is the checkout's own when the workspace lies in a clone of millrace", async () => {
    project = await writeProject({
      "package.json": '{"name":"millrace"}',
      "dist/cli.js": "",
      "sample/a.ts": "",
    });
    expect(locate("sample")).toEqual({ cli: at("dist/cli.js"), from: "checkout" });
  });

  test("is the nearer one when both are there", async () => {
    project = await writeProject({
      "package.json": '{"name":"millrace"}',
      "dist/cli.js": "",
      "sample/node_modules/millrace/dist/cli.js": "",
    });
    expect(locate("sample").from).toBe("workspace");
  });

  test("is the extension's when nothing else is there, also beside a broken package.json", async () => {
    project = await writeProject({ "package.json": "{", "dist/cli.js": "" });
    expect(locate()).toEqual({ cli: join("/extension", "dist/cli.js"), from: "extension" });
  });
});

const locate = (folder = "") => locateEngine(at(folder), "/extension");
const at = (file: string) => join(project.root, file);

async function write(...files: string[]) {
  project = await writeProject(Object.fromEntries(files.map(file => [file, ""])));
}
