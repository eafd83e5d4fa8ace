import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfiguration } from "../../src/engine/configuration.ts";
import type { EngineOptions } from "../../src/engine/engine.ts";
import { startEngine } from "../../src/engine/startEngine.ts";
import { openState } from "../../src/engine/stateDatabase.ts";
import { openDatabase } from "../../src/store/database.ts";
import { stopEmbedded } from "../../src/store/embedded/embedded.ts";

/** Does its work in a workspace of these files, with a folder for what comes in and a database of its own. */
export async function inWorkspace(
  files: Record<string, string>,
  work: (root: string) => Promise<void>,
): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), "millrace-bench-"));
  try {
    await mkdir(join(root, "incoming"));
    for (const [name, text] of Object.entries(files)) await writeFile(join(root, name), text);
    await work(root);
  } finally {
    await stopEmbedded(join(root, ".millrace"));
    await rm(root, { recursive: true, force: true });
  }
}

/** An engine with automation in this very process, and a connection that watches what it does. */
export async function engineIn(root: string, options: Partial<EngineOptions> = {}) {
  const configuration = await readConfiguration(root);
  const database = await openState(configuration, { name: "bench" });
  const engine = await startEngine({ configuration, database, name: "daemon", automation: true, ...options });
  await engine.definitions();
  return { engine, database, watcher: openDatabase(database.url, { name: "bench", connections: 2 }) };
}
