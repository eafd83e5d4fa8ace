import { appendFile, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type TreeWatcher, watchTree } from "../../src/engine/watchTree.ts";
import { type Project, writeProject } from "../support/project.ts";
import { until } from "../support/until.ts";

let project: Project;
let watcher: TreeWatcher;
let ended = 0;
const changed: string[] = [];

beforeEach(async () => {
  project = await writeProject({ "a/b/file.ts": "1", "node_modules/it.js": "1" });
  changed.length = 0;
  ended = 0;
  watcher = watchTree(project.root, {
    changed: path => void changed.push(path),
    ended: () => void ended++,
    isIgnored: name => name === "node_modules",
  });
});

afterEach(async () => {
  watcher.close();
  await project.remove();
});

const path = (file: string) => join(project.root, file);

/** What is told of when it is done now, and not what was told before. */
async function heardOf(file: string, act: () => Promise<unknown>): Promise<boolean> {
  await new Promise(resolve => setTimeout(resolve, 60));
  changed.length = 0;
  await act();
  return until(() => changed.includes(file), 3_000);
}

test("a file that was replaced, as many editors save, is heard of ever after", async () => {
  const replace = async () => {
    await writeFile(path("a/b/draft"), "2");
    await rename(path("a/b/draft"), path("a/b/file.ts"));
  };
  expect(await heardOf("a/b/file.ts", replace)).toBe(true);
  expect(await heardOf("a/b/file.ts", () => appendFile(path("a/b/file.ts"), "3"))).toBe(true);
  expect(await heardOf("a/b/file.ts", replace)).toBe(true);
  expect(await heardOf("a/b/file.ts", () => writeFile(path("a/b/file.ts"), "4"))).toBe(true);
});

test("so is what comes with a new folder, one that is moved, and one that is made again", async () => {
  expect(await heardOf("c/d/new.ts", () => project.write("c/d/new.ts", "1"))).toBe(true);
  expect(await heardOf("e/d/new.ts", () => rename(path("c"), path("e")))).toBe(true);
  expect(await heardOf("e/d/new.ts", () => writeFile(path("e/d/new.ts"), "2"))).toBe(true);
  expect(await heardOf("a", () => rm(path("a"), { recursive: true }))).toBe(true);
  expect(await heardOf("a/b/file.ts", () => project.write("a/b/file.ts", "1"))).toBe(true);
  expect(await heardOf("a/b/file.ts", () => writeFile(path("a/b/file.ts"), "2"))).toBe(true);
});

test("what nobody wants to hear of is not told", async () => {
  await writeFile(path("node_modules/it.js"), "2");
  expect(await heardOf("last.ts", () => writeFile(path("last.ts"), "1"))).toBe(true);
  expect(changed).not.toContain("node_modules/it.js");
});

test("when the folder itself is made again, that is told", async () => {
  await rm(project.root, { recursive: true });
  await mkdir(project.root);
  expect(await until(() => ended === 1, 3_000)).toBe(true);
});
