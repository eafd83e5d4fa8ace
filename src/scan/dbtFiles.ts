import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { DbtChange } from "../model/dbtNode.ts";
import { type DbtProject, projectFile } from "./dbtProject.ts";
import type { ManifestGraph } from "./manifest.ts";
import { isIgnoredFolder } from "./sourceFiles.ts";

/** A file of a dbt project, by its path in it, and when it was last written (milliseconds). */
export interface DbtFile {
  readonly file: string;
  readonly writtenAt: number;
}

/** The models, seeds, snapshots, macros, tests and YAML files of a project. */
export async function dbtFiles(project: DbtProject, signal?: AbortSignal): Promise<DbtFile[]> {
  const files: DbtFile[] = [];
  const { modelPaths, seedPaths, snapshotPaths, otherPaths } = project;
  const folders = [...new Set([...modelPaths, ...seedPaths, ...snapshotPaths, ...otherPaths])];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    signal?.throwIfAborted();
    const entries = await readdir(join(project.folder, folder), { withFileTypes: true }).catch(() => []);
    await Promise.all(
      entries.map(async entry => {
        const file = `${folder}/${entry.name}`;
        if (entry.isDirectory()) {
          if (!isIgnoredFolder(entry.name)) folders.push(file);
        } else if (/\.(sql|py|csv|ya?ml)$/.test(entry.name)) {
          const found = await stat(join(project.folder, file)).catch(() => null);
          if (found?.isFile()) files.push({ file, writtenAt: found.mtimeMs });
        }
      }),
    );
  }
  return files.sort((a, b) => (a.file < b.file ? -1 : 1));
}

/** The texts of some files; those that cannot be read, or are too large to be code, are left out. */
export async function dbtTexts(
  project: DbtProject,
  files: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  const remaining = files.values();
  const read = async () => {
    for (const file of remaining) {
      signal?.throwIfAborted();
      // Of a seed its name is enough.
      const text = file.endsWith(".csv") ? "" : await readText(join(project.folder, file));
      if (text !== null) texts.set(file, text);
    }
  };
  await Promise.all(Array.from({ length: readAhead }, read));
  return new Map([...texts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What was written since dbt parsed the project: nobody can see it in the manifest's graph yet. */
export async function changesSince(
  project: DbtProject,
  { files: parsed, parsedAt }: ManifestGraph,
  files: readonly DbtFile[],
  manifestWrittenAt: number,
): Promise<DbtChange[]> {
  const since = timeOf(parsedAt) ?? manifestWrittenAt;
  const known = new Map(parsed.map(it => [it.file, it]));
  const changes: DbtChange[] = [];
  for (const { file, writtenAt } of files) {
    const before = known.get(file);
    const isNode = !isYaml(file);
    if (before === undefined && isNode && writtenAt > since)
      changes.push({ file, what: "new", uniqueId: null });
    if (writtenAt <= since || (before === undefined && isNode)) continue;
    const isSame = before?.checksum
      ? before.checksum === (await checksum(join(project.folder, file)))
      : false;
    if (!isSame) changes.push({ file, what: "changed", uniqueId: (isNode && before?.uniqueId) || null });
  }
  const there = new Set(files.map(it => it.file));
  for (const { file, uniqueId } of parsed) {
    const isWatched = project.modelPaths.some(it => file.startsWith(`${it}/`));
    if (isWatched && !there.has(file))
      changes.push({ file, what: "deleted", uniqueId: isYaml(file) ? null : uniqueId });
  }
  const settings = await stat(join(project.folder, projectFile)).catch(() => null);
  if (settings !== null && settings.mtimeMs > since) {
    changes.push({ file: projectFile, what: "changed", uniqueId: null });
  }
  return changes;
}

function isYaml(file: string): boolean {
  return /\.ya?ml$/.test(file);
}

const readAhead = 8;
/** Characters; above it is no model. */
const largest = 2_000_000;

async function readText(path: string): Promise<string | null> {
  const text = await readFile(path, "utf8").catch(() => null);
  return text === null || text.length > largest || text.includes("\0") ? null : text;
}

/** As dbt makes it: of the text without the blanks around it. */
async function checksum(path: string): Promise<string | null> {
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null) return null;
  return createHash("sha256").update(text.trim()).digest("hex");
}

/** dbt writes times in UTC, with microseconds and sometimes without a zone. */
function timeOf(text: string | null): number | null {
  if (text === null) return null;
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`;
  const time = Date.parse(zoned.replace(/(\.\d{3})\d+/, "$1"));
  return Number.isNaN(time) ? null : time;
}
