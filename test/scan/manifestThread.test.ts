import { afterAll, beforeAll, expect, test } from "vitest";
import { scanManifest } from "../../src/scan/manifest.ts";
import { readManifestAside } from "../../src/scan/manifestThread.ts";
import { type Project, writeProject } from "../support/project.ts";

let project: Project;
/** Enough that a thread is worth while, and that it answers in several messages. */
const text = manifestOf(2_000);

beforeAll(async () => {
  project = await writeProject({
    "large.json": text,
    "cut.json": text.slice(0, -100),
    "small.json": manifestOf(3),
  });
});
afterAll(() => project.remove());

function manifestOf(count: number): string {
  const nodes = Array.from({ length: count }, (_, at) => {
    const parent = at === 0 ? [] : [`model.shop.m${at - 1}`];
    const fields = { name: `größe ${at}`, raw_code: "select 1 ".repeat(20), depends_on: { nodes: parent } };
    return [`model.shop.m${at}`, fields];
  });
  return JSON.stringify({ metadata: { project_name: "shop" }, nodes: Object.fromEntries(nodes) });
}

/** How many threads are started meanwhile. */
async function threadsDuring<T>(work: () => Promise<T>): Promise<{ result: T; threads: number }> {
  let threads = 0;
  const count = () => threads++;
  process.on("worker", count);
  try {
    return { result: await work(), threads };
  } finally {
    process.off("worker", count);
  }
}

const read = (file: string, signal?: AbortSignal) =>
  readManifestAside(`${project.root}/${file}`, file, { folder: "dbt", packages: "dbt_packages" }, signal);

test("a large manifest is read in a thread, with the same result", async () => {
  const { result, threads } = await threadsDuring(() => read("large.json"));
  expect(threads).toBe(1);
  expect(result).toEqual(
    JSON.parse(JSON.stringify(scanManifest(text, "large.json", { folder: "dbt", packages: "dbt_packages" }))),
  );
});

test("what is wrong with it is told as well", async () => {
  const { result } = await threadsDuring(() => read("cut.json"));
  expect(result).toMatchObject({
    assets: [],
    isReadable: false,
    problems: [
      { file: "cut.json", severity: "error", message: expect.stringContaining("ends in the middle") },
    ],
  });
});

test("a small one is not worth a thread, and one that is gone is a problem", async () => {
  expect((await threadsDuring(() => read("small.json"))).threads).toBe(0);
  expect((await read("small.json")).assets).toHaveLength(3);
  expect((await read("none.json")).problems).toMatchObject([
    { message: expect.stringContaining("does not exist") },
  ]);
});

test("reading is given up when it is no longer wanted", async () => {
  const control = new AbortController();
  const reading = read("large.json", control.signal);
  setTimeout(() => control.abort(), 20);
  await expect(reading).rejects.toThrow(/abort/i);
});
