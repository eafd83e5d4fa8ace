import { execFileSync } from "node:child_process";

/** The processes that serve a workspace: engine, worker and database all name its root. */
export function processesOf(root: string, word: string): number[] {
  const all = execFileSync("ps", ["-eo", "pid,args", "--no-headers", "-ww"], { encoding: "utf8" });
  return all
    .split("\n")
    .filter(line => line.includes(root) && line.includes(word))
    .map(line => Number.parseInt(line, 10));
}
