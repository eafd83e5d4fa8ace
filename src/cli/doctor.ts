import { examine } from "../engine/doctor.ts";
import { rootOf } from "./rootOf.ts";
import { color, printJson, say } from "./terminal.ts";
import type { WorkspaceOptions } from "./workspace.ts";

const marks = { ok: color.green("✓"), warning: color.yellow("!"), error: color.red("✗") };

/** Prints each value, where it came from, and what to do about what is wrong. Exits 1 when something is. */
export async function doctor(options: WorkspaceOptions & { json?: boolean }): Promise<void> {
  const lines = await examine(rootOf(options.root), options.env ? { environment: options.env } : {});
  if (options.json) printJson({ lines });
  else {
    const width = Math.max(...lines.map(line => line.name.length));
    for (const { state, name, value, source, advice } of lines) {
      say(`${marks[state]} ${name.padEnd(width)}  ${value}  ${color.dim(source)}`);
      if (advice) say(`  ${" ".repeat(width)}  ${advice}`);
    }
  }
  if (lines.some(line => line.state === "error")) process.exitCode = 1;
}
