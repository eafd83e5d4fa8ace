import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Client } from "pg";

const cli = fileURLToPath(new URL("../../../dist/cli.js", import.meta.url));

/** Asks the embedded database of a workspace. */
export async function queryWorkspace(root: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: (await millrace(root, "db", "url")).trim() });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

export async function stopDatabase(root: string): Promise<void> {
  await millrace(root, "db", "stop");
}

async function millrace(root: string, ...args: string[]): Promise<string> {
  return (await promisify(execFile)(process.execPath, [cli, ...args], { cwd: root })).stdout;
}
