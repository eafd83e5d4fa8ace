import { existsSync } from "node:fs";
import { access, constants, readFile, realpath } from "node:fs/promises";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { output, type ProbedPython, probePython } from "./probe.ts";

export interface DbtRequest {
  readonly root: string;
  /** The folder of dbt_project.yml, absolute. */
  readonly project: string;
  /** The command as it is configured: ["uv", "run", "dbt"]; null when it is not. */
  readonly setting: readonly string[] | null;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** A dbt that can run. */
export interface FoundDbt {
  readonly command: readonly string[];
  /** A Python that imports this dbt, so that it can be kept warm; null: only its command line can be used. */
  readonly python: string | null;
  /** Null where nobody asked it yet. */
  readonly version: string | null;
  /** "postgres" → "1.11.0"; empty where it is not known. */
  readonly adapters: Readonly<Record<string, string>>;
  /** Where it was found, in words: ".venv of the project". */
  readonly origin: string;
}

/** What is wrong, and what to do about it. */
export interface DbtTrouble {
  readonly problem: string;
  readonly advice: string;
}

/** There may be trouble with a dbt that was found: no adapter, for one. */
export interface DbtSearch {
  readonly found: FoundDbt | null;
  readonly trouble: DbtTrouble | null;
}

/** Looks for the user's dbt: the setting, virtual environments near the project, uv, PATH, one of our own. */
export async function findDbt(request: DbtRequest): Promise<DbtSearch> {
  const { setting } = request;
  if (setting !== null && setting.length > 0) return await fromSetting(request, setting);

  const looked: ProbedPython[] = [];
  for (const { folder, origin } of environments(request)) {
    const python = await pythonIn(folder);
    const probed = python === null ? null : await probePython(python);
    if (probed === null) continue;
    looked.push(probed);
    // A setup that was interrupted between dbt and its adapter.
    const isHalf = folder === privateEnvironment(request.root) && Object.keys(probed.adapters).length === 0;
    if (probed.dbt !== null && !isHalf) return withAdapter(foundIn(probed, await dbtBeside(probed), origin));
  }
  if (await isUvProject(request)) {
    return { found: plainly(["uv", "run", "dbt"], "uv"), trouble: null };
  }
  const onPath = await which("dbt", request.env);
  if (onPath !== null) return withAdapter(await fromProgram([onPath], "PATH"));
  return { found: null, trouble: await whyNone(request, looked) };
}

/** Asks a dbt that only has a command line for its version; it takes seconds, so only doctor does. */
export async function askVersion(
  found: FoundDbt,
): Promise<{ version: string | null; trouble: DbtTrouble | null }> {
  if (found.version !== null) return { version: found.version, trouble: null };
  const [program = "dbt", ...args] = found.command;
  const said = await output(program, [...args, "--version"], 60_000);
  const version = /(?:installed:|dbt[\w-]*[ =])\s*v?(\d+\.\d+\.\S+)/.exec(said ?? "")?.[1] ?? null;
  if (said !== null) return { version, trouble: null };
  const command = [...found.command, "--version"].join(" ");
  const problem = `"${command}" does not work.`;
  return { version, trouble: { problem, advice: "Run it in a terminal and correct what it says." } };
}

async function fromSetting(request: DbtRequest, setting: readonly string[]): Promise<DbtSearch> {
  const [written = "", ...rest] = setting;
  const program = await programOf(written, request);
  if (program === null) {
    const problem = `The configured dbt command ${JSON.stringify(setting)} does not start: there is no program "${written}".`;
    return {
      found: null,
      trouble: { problem, advice: "Correct the command, or remove it to let dbt be found." },
    };
  }
  const origin = "the setting";
  if (rest.length > 0) return { found: plainly([program, ...rest], origin), trouble: null };
  return withAdapter(await fromProgram([program], origin));
}

async function programOf(written: string, { root, env }: DbtRequest): Promise<string | null> {
  if (isAbsolute(written)) return (await isExecutable(written)) ? written : null;
  if (!/[\\/]/.test(written)) return await which(written, env);
  const file = resolve(root, written);
  return (await isExecutable(file)) ? file : null;
}

/** A dbt of a Python environment can be kept warm; any other has its command line. */
async function fromProgram(command: readonly string[], origin: string): Promise<FoundDbt> {
  const python = await pythonOf(command[0] ?? "");
  const probed = python === null ? null : await probePython(python);
  return probed?.dbt ? foundIn(probed, command, origin) : plainly(command, origin);
}

function foundIn(probed: ProbedPython, command: readonly string[], origin: string): FoundDbt {
  // dbtRunner, and an own target folder for each call, came with 1.5.
  const [major = 0, minor = 0] = (probed.dbt ?? "").split(".").map(Number);
  const canBeWarm = major === 1 && minor >= 5;
  return {
    command,
    python: canBeWarm ? probed.python : null,
    version: probed.dbt,
    adapters: probed.adapters,
    origin,
  };
}

function plainly(command: readonly string[], origin: string): FoundDbt {
  return { command, python: null, version: null, adapters: {}, origin };
}

function withAdapter(found: FoundDbt): DbtSearch {
  if (found.version === null || Object.keys(found.adapters).length > 0) return { found, trouble: null };
  const python = found.python ?? "python";
  return {
    found,
    trouble: {
      problem: `dbt ${found.version} (${found.origin}) has no adapter, so it can reach no database.`,
      advice: `Run "${python} -m pip install dbt-postgres", or the adapter of your database.`,
    },
  };
}

/** Nearest first. */
function environments({ root, project, env }: DbtRequest): { folder: string; origin: string }[] {
  const places = [
    ...[".venv", "venv", "env"].map(name => ({
      folder: join(project, name),
      origin: `${name} of the dbt project`,
    })),
    ...[".venv", "venv", "env"].map(name => ({
      folder: join(root, name),
      origin: `${name} of the workspace`,
    })),
    ...(env.VIRTUAL_ENV ? [{ folder: env.VIRTUAL_ENV, origin: "the active virtual environment" }] : []),
    ...(env.CONDA_PREFIX ? [{ folder: env.CONDA_PREFIX, origin: "the active conda environment" }] : []),
    { folder: privateEnvironment(root), origin: "Millrace's own environment" },
  ];
  const seen = new Set<string>();
  return places.filter(({ folder }) => !seen.has(folder) && seen.add(folder));
}

/** Where `setUpDbt` puts a dbt for this workspace alone. */
export function privateEnvironment(root: string): string {
  return join(root, ".millrace", "dbt", "venv");
}

const isWindows = process.platform === "win32";

async function pythonIn(environment: string): Promise<string | null> {
  const candidates = isWindows
    ? [join(environment, "Scripts", "python.exe"), join(environment, "python.exe")]
    : [join(environment, "bin", "python")];
  return await firstExecutable(candidates);
}

async function dbtBeside({ python }: ProbedPython): Promise<readonly string[]> {
  const dbt = await firstExecutable(
    isWindows
      ? [join(dirname(python), "dbt.exe"), join(dirname(python), "Scripts", "dbt.exe")]
      : [join(dirname(python), "dbt")],
  );
  return dbt === null ? [python, "-m", "dbt.cli.main"] : [dbt];
}

/** A console script lies beside its Python, or names it in its first line. */
async function pythonOf(program: string): Promise<string | null> {
  const real = await realpath(program).catch(() => program);
  const beside = isWindows
    ? [join(dirname(real), "python.exe"), join(dirname(real), "..", "python.exe")]
    : [];
  const text = isWindows ? "" : await firstLine(real);
  const named = /^#!\s*(\S*python[\d.]*)\s*$/.exec(text)?.[1];
  // A long path does not fit into a first line; pip then writes a shell script, and Python is its neighbour.
  const candidates = named
    ? [named]
    : text.startsWith("#!/bin/sh")
      ? [join(dirname(real), "python")]
      : beside;
  return await firstExecutable(candidates);
}

async function firstLine(file: string): Promise<string> {
  const text = await readFile(file, "latin1").catch(() => "");
  return text.slice(0, 1_000).split("\n")[0]?.trim() ?? "";
}

async function isUvProject({ root, project, env }: DbtRequest): Promise<boolean> {
  if ((await which("uv", env)) === null) return false;
  for (const folder of [project, root]) {
    const text = await readFile(join(folder, "pyproject.toml"), "utf8").catch(() => "");
    if (/["']dbt-/.test(text)) return true;
  }
  return false;
}

async function whyNone({ root, env }: DbtRequest, looked: readonly ProbedPython[]): Promise<DbtTrouble> {
  const setUp = `"millrace dbt setup" installs one for this workspace alone`;
  const ours = privateEnvironment(root);
  if (existsSync(ours)) {
    return {
      problem: `dbt is not wholly installed in ${ours}: the setup was interrupted, or still goes on.`,
      advice: 'If it does not go on any more, run "millrace dbt setup" again.',
    };
  }
  const [first] = looked;
  if (first) {
    return {
      problem: `There is no dbt in the Python environment ${dirname(dirname(first.python))}, nor on PATH.`,
      advice: `Run "${first.python} -m pip install dbt-core dbt-postgres"; ${setUp}.`,
    };
  }
  if ((await findPython(env)) === null) {
    return {
      problem: `There is neither dbt nor Python for ${root}.`,
      advice: `Install Python 3.9 or newer (python.org); then ${setUp}.`,
    };
  }
  return {
    problem: `There is no dbt in ${root}, nor on PATH.`,
    advice: `Install it into a .venv there, or name its command in millrace.json: "dbt": { "command": ["uv", "run", "dbt"] }; ${setUp}.`,
  };
}

/** A Python to make environments with. */
export async function findPython(env: DbtRequest["env"]): Promise<string | null> {
  for (const name of isWindows ? ["python", "py"] : ["python3", "python"]) {
    const python = await which(name, env);
    // Windows has a "python" that only opens a shop.
    if (python !== null && (await probePython(python)) !== null) return python;
  }
  return null;
}

async function which(name: string, env: DbtRequest["env"]): Promise<string | null> {
  const folders = (env.PATH ?? env.Path ?? "").split(delimiter).filter(isAbsolute);
  const endings = isWindows ? [".exe", ""] : [""];
  return await firstExecutable(folders.flatMap(folder => endings.map(ending => join(folder, name + ending))));
}

async function firstExecutable(files: readonly string[]): Promise<string | null> {
  for (const file of files) if (await isExecutable(file)) return file;
  return null;
}

async function isExecutable(file: string): Promise<boolean> {
  return await access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}
