import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { ConfigurationError } from "../engine/configuration.ts";
import { dbtTypes, parseDbt, passToDbt, setUpPrivateDbt } from "../engine/dbtCommands.ts";
import { formatDuration } from "../model/format.ts";
import { shellWord } from "../model/shellWord.ts";
import { scanWorkspace } from "../scan/workspace.ts";
import { color, cut, errorColor, printJson, say } from "./terminal.ts";
import { configurationOf, type WorkspaceOptions } from "./workspace.ts";

/** Hands a command on to the workspace's dbt, with the profile that Millrace uses; its exit code is ours. */
export async function dbt(args: readonly string[], options: WorkspaceOptions): Promise<void> {
  if (args.length === 0)
    throw new ConfigurationError('Say what dbt is to do: "millrace dbt -- run --select orders".');
  process.exitCode = await passToDbt(await configurationOf(options), args);
}

/** Installs a dbt for this workspace alone. */
export async function setUp(options: WorkspaceOptions & { json?: boolean }): Promise<void> {
  const since = performance.now();
  const progress = showProgress("Installing dbt");
  const { folder, version, adapters } = await setUpPrivateDbt(await configurationOf(options), {
    onProgress: progress.line,
    onStage: progress.stage,
  }).finally(progress.end);
  if (options.json) return void printJson({ folder, version, adapters });
  const known = Object.entries(adapters).map(([name, it]) => `${name} ${it}`);
  const took = color.dim(`  in ${formatDuration(performance.now() - since)}`);
  say(`${color.green("✓")} dbt ${[version, ...known].join(", ")}${took}`);
  say(color.dim(`  ${folder}`));
}

/** Lets dbt write its manifest; an error is told with its place, and exits 1. */
export async function parse(
  args: readonly string[],
  options: WorkspaceOptions & { json?: boolean },
): Promise<void> {
  const configuration = await configurationOf(options);
  const progress = showProgress("dbt reads its project");
  const { error, manifest } = await parseDbt(configuration, args, { onProgress: progress.line }).finally(
    progress.end,
  );
  if (error !== null) {
    if (options.json) printJson({ manifest, error });
    const place = error.file === null ? "" : `${error.file}:${error.line ?? 1}:${error.column ?? 1} `;
    process.stderr.write(`${errorColor.red("✗")} ${place}${error.message}\n`);
    process.exitCode = 1;
    return;
  }
  const include = configuration.assets.value;
  const { assets } = await scanWorkspace(configuration.root, include ? { include } : {});
  const nodes = assets.filter(it => it.dbt !== undefined).length;
  if (options.json) printJson({ manifest, error: null, nodes });
  else say(`${color.green("✓")} ${nodes} nodes of dbt  ${color.dim(manifest)}`);
}

/** Writes the rows of dbt's models as TypeScript. */
export async function types(
  options: WorkspaceOptions & { out?: string; check?: boolean; offline?: boolean },
): Promise<void> {
  const configuration = await configurationOf(options);
  const progress = showProgress("dbt asks the database for columns");
  const { text, models, notes } = await dbtTypes(
    configuration,
    { isOffline: options.offline ?? false },
    { onProgress: progress.line },
  ).finally(progress.end);
  for (const note of notes) process.stderr.write(`${errorColor.yellow("!")} ${note}\n`);
  if (options.out === undefined) {
    process.stdout.write(text);
    return;
  }
  const file = resolve(configuration.root, options.out);
  const isSame = (await readFile(file, "utf8").catch(() => null)) === text;
  if (options.check) {
    if (isSame) return;
    throw new Error(
      `${options.out} is not what dbt's models are now. Run "millrace dbt types --out ${shellWord(options.out)}".`,
    );
  }
  if (!isSame) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  say(`${color.green("✓")} ${options.out}: ${models} models${isSame ? color.dim("  unchanged") : ""}`);
}

/** What goes on, as one line that is rewritten; where none can be, only what takes long has a line of its own. */
function showProgress(what: string): {
  line(text: string): void;
  stage(sentence: string): void;
  end(): void;
} {
  const out = process.stderr;
  if (out.isTTY !== true || process.env.TERM === "dumb")
    return { line: () => {}, stage: sentence => void out.write(`${sentence}\n`), end: () => {} };
  const draw = (text: string) => out.write(`\r\u001b[K${cut(text, (out.columns || 80) - 1)}`);
  draw(`${what}…`);
  return {
    line: text => draw(`${what}… ${text.split("\n")[0] ?? ""}`),
    stage: sentence => void out.write(`\r\u001b[K${sentence}\n`),
    end: () => void out.write("\r\u001b[K"),
  };
}
