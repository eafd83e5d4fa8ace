import { spawn } from "node:child_process";
import { parseLine, recordOf, textOf } from "./json.ts";

/** What a Python knows of dbt, without importing it. */
export interface ProbedPython {
  readonly python: string;
  /** "3.11.7" */
  readonly version: string;
  /** Of dbt-core; null when it is not installed there. */
  readonly dbt: string | null;
  /** "postgres" → "1.11.0" */
  readonly adapters: Readonly<Record<string, string>>;
}

/** Asks a Python about the dbt beside it; null when it does not answer. */
export async function probePython(python: string): Promise<ProbedPython | null> {
  const said = await output(python, ["-c", question]);
  const answer = said === null ? null : parseLine(said.trim());
  const version = answer && textOf(answer.python);
  if (!answer || !version) return null;
  const adapters = Object.entries(recordOf(answer.adapters)).flatMap(([name, it]) => {
    const adapter = textOf(it);
    return adapter === null ? [] : [[name, adapter] as const];
  });
  return { python, version, dbt: textOf(answer.dbt), adapters: Object.fromEntries(adapters) };
}

/** What a program prints; null when it cannot be started, fails, or takes too long. */
export function output(program: string, args: readonly string[], timeoutMs = 20_000): Promise<string | null> {
  return new Promise(resolve => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "ignore"], windowsHide: true });
    const timer = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
    let said = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    child.once("error", () => resolve(null));
    child.once("close", code => {
      clearTimeout(timer);
      resolve(code === 0 ? said : null);
    });
  });
}

/** An adapter is a distribution called dbt-*, and has a package of its name in dbt.adapters. */
const question = `
import json, platform
from importlib import metadata
versions = {}
for it in metadata.distributions():
    name = (it.metadata["Name"] or "").lower().replace("_", "-")
    if name.startswith("dbt-"):
        versions[name[4:]] = (it.version, any(str(f).replace("\\\\", "/").startswith("dbt/adapters/" + name[4:].replace("-", "_") + "/") for f in it.files or []))
print(json.dumps({
    "python": platform.python_version(),
    "dbt": versions["core"][0] if "core" in versions else None,
    "adapters": {name: version for name, (version, is_adapter) in versions.items() if is_adapter},
}))
`;
