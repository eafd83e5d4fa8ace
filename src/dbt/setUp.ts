import { spawn } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { findPython } from "./find.ts";
import { probePython } from "./probe.ts";

export interface SetUpRequest {
  /** The environment, absolute; it may exist. */
  readonly folder: string;
  /** What pip installs. Default: dbt 1.11 and its adapter for PostgreSQL. */
  readonly packages?: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  readonly onProgress?: (line: string) => void;
  /** What begins, in a sentence: there are few of them. */
  readonly onStage?: (sentence: string) => void;
}

/** dbt 1.12 fetches a binary when it is installed, which not every network lets through. */
export const defaultPackages = ["dbt-core~=1.11.0", "dbt-postgres~=1.10"] as const;

/** Makes a Python environment with dbt in it, and answers with its Python. One that is complete stays as it is. */
export async function setUpDbt(request: SetUpRequest): Promise<string> {
  const {
    folder,
    packages = defaultPackages,
    env,
    signal,
    onProgress = () => {},
    onStage = () => {},
  } = request;
  const python =
    process.platform === "win32" ? join(folder, "Scripts", "python.exe") : join(folder, "bin", "python");
  const there = await probePython(python);
  if (there?.dbt && Object.keys(there.adapters).length > 0) return python;

  const base = await findPython(env);
  if (base === null) {
    throw new Error(
      "There is no Python to install dbt with. Install Python 3.9 or newer from python.org, and try again.",
    );
  }
  await mkdir(dirname(folder), { recursive: true });
  try {
    onStage(`Making a Python environment in ${folder}, by ${base}.`);
    await follow(base, ["-m", "venv", folder], signal, onProgress);
    onStage(`Installing ${packages.join(" and ")} into it by pip. This takes one to several minutes.`);
    const install = ["-m", "pip", "install", "--disable-pip-version-check", ...packages];
    await follow(python, install, signal, onProgress);
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return python;
}

function follow(
  program: string,
  args: readonly string[],
  signal: AbortSignal | undefined,
  onProgress: (line: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], windowsHide: true, signal });
    let tail = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        tail = (tail + text).slice(-2_000);
        for (const line of text.split("\n")) if (line.trim()) onProgress(line.trim());
      });
    }
    child.once("error", reject);
    child.once("close", code => {
      if (code === 0) return resolve();
      const command = [program, ...args].join(" ");
      const advice = "Read what it says below, correct it, and try again.";
      reject(new Error(`"${command}" ended with exit code ${code}. ${advice}\n${tail.trim()}`));
    });
  });
}
