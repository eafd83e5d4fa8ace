import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { sourceFiles, sourceFilter } from "../scan/sourceFiles.ts";
import { unexportedAsset } from "../scan/unexported.ts";
import { createWorkspaceScan, type WorkspaceScan } from "../scan/workspace.ts";
import { type Configuration, ConfigurationError, NothingToRun, type Place } from "./configuration.ts";

/** Passes an answer on. When it refuses for want of an asset that stands in a file, it says why that does not count. */
export async function explainAbsence<T>(configuration: Configuration, asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof ConfigurationError) || error instanceof NothingToRun) throw error;
    const absent = [...error.message.matchAll(/There is no asset "([^"]+)"/g)].flatMap(
      ([, key]) => key ?? [],
    );
    if (absent.length === 0 && !error.message.includes('"*" selects no asset')) throw error;
    const { root, assets } = configuration;
    const scan = createWorkspaceScan(root, { include: assets.value ?? undefined });
    await scan.load();
    const unexported = notExported(scan, absent);
    const found = unexported.length > 0 ? unexported : await notRead(scan, configuration, absent);
    const [first] = found;
    if (!first) throw error;
    throw new ConfigurationError(found.map(it => `${it.file}:${it.line}: ${it.message}`).join("\n"), {
      place: { file: first.file, line: first.line, column: first.column },
    });
  }
}

type Reason = Place & { readonly message: string };

/** Of some keys; of all when none is named. */
function notExported(scan: WorkspaceScan, keys: readonly string[]): readonly Reason[] {
  return scan.graph().problems.filter(it => {
    const key = unexportedAsset(it);
    return key !== null && (keys.length === 0 || keys.includes(key));
  });
}

/** A file that does not import `asset` from Millrace, or that the patterns do not name, is none of the asset files. */
async function notRead(
  scan: WorkspaceScan,
  { root, assets }: Configuration,
  keys: readonly string[],
): Promise<Reason[]> {
  const isNamed = sourceFilter(assets.value ?? undefined);
  const patterns = (assets.value ?? []).map(it => `"${it}"`).join(", ");
  const found: Reason[] = [];
  for await (const files of sourceFiles(root)) {
    for (const file of files) {
      if (isNamed(file) && scan.file(file)?.declares) continue;
      const lines = (await readFile(join(root, file), "utf8").catch(() => "")).split("\n");
      for (const key of keys) {
        const calls = [`asset("${key}"`, `asset('${key}'`, `asset(\`${key}\``];
        const at = lines.findIndex(line => calls.some(it => line.includes(it)));
        if (at < 0) continue;
        const message = isNamed(file)
          ? `"${key}" is declared without Millrace's asset: begin the file with import { asset } from "millrace".`
          : `"${key}" is declared in a file that "assets" of ${assets.source} does not name (${patterns}). Name it there, or move the file.`;
        found.push({ file, line: at + 1, column: 1, message });
      }
    }
  }
  return found;
}
