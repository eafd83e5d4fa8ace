import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-lock-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Adds 1 to a number in a file, so slowly that two at once would lose one. */
const slowly = `
  import { readFileSync, writeFileSync } from "node:fs";
  import { setTimeout as delay } from "node:timers/promises";
  import { withLock } from "${pathToFileURL("scripts/cloneLock.mjs")}";
  const [lock, counter] = process.argv.slice(1);
  await withLock(lock, async () => {
    const seen = Number(readFileSync(counter, "utf8"));
    await delay(20);
    writeFileSync(counter, String(seen + 1));
  }, { pollMs: 5 });
`;

async function countWithManyProcesses(lock: string) {
  const counter = `${lock}.counter`;
  await writeFile(counter, "0");
  await Promise.all(
    Array.from({ length: 6 }, () => {
      const child = spawn(process.execPath, ["--input-type=module", "-e", slowly, lock, counter]);
      return new Promise<void>((resolve, reject) =>
        child.once("exit", code => (code === 0 ? resolve() : reject(new Error(`exit ${code}`)))),
      );
    }),
  );
  return Number(await readFile(counter, "utf8"));
}

test("setups in one clone come one after the other", async () => {
  expect(await countWithManyProcesses(join(folder, "free.lock"))).toBe(6);
});

test("the lock of a setup that was killed is taken over, by one of those that wait", async () => {
  const lock = join(folder, "left.lock");
  const child = spawn(process.execPath, ["-e", ""]);
  await new Promise(resolve => child.once("exit", resolve));
  await writeFile(lock, String(child.pid));
  expect(await countWithManyProcesses(lock)).toBe(6);
});
