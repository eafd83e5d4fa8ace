import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { AutomationTrigger } from "../../model/automationNode.ts";
import type { SeenFile } from "../../model/sensorTick.ts";
import { filePatterns } from "../../scan/filePatterns.ts";
import { isIgnoredFolder } from "../../scan/sourceFiles.ts";
import { noteSeen, seenBy } from "../../store/automationSeen.ts";
import { type TreeWatcher, watchTree } from "../watchTree.ts";
import { suspectFiles } from "./suspectFiles.ts";
import type { Trigger, TriggerEdge } from "./triggers.ts";

/**
 * Due when files appear or are written: the file system tells of it at once, and every now and then all are looked
 * at, for some file systems tell nothing. Which version of a file was handed over is noted with the tick.
 */
export function fileTrigger(
  name: string,
  { patterns, settleMs, everySeconds }: Extract<AutomationTrigger, { kind: "file" }>,
  edge: TriggerEdge,
): Trigger {
  const matches = filePatterns(patterns);
  const folders = outermost(patterns.filter(it => !it.startsWith("!")).map(fixedFolder));
  const touched = new Set<string>();
  const watchers = new Map<string, TreeWatcher>();
  let seen: Map<string, string> | null = null;
  let handing: { versions: Map<string, string>; left: Map<string, string>; gone: string[] } | null = null;
  const suspects = suspectFiles();
  for (const folder of folders) watchFolder(folder);

  return {
    idle: "no new files",
    async collect(row, now, isPoll) {
      const isFirst = seen === null;
      seen ??= await seenBy(edge.database, edge.environment, name);
      for (const folder of folders) watchFolder(folder);
      const paths = isPoll || isFirst ? await listAll() : [...touched];
      const { files: found, versions: all, gone, waitMs } = await compare(paths, isPoll || isFirst, seen);
      if (waitMs !== null) edge.happened(name, waitMs);
      if (found.length === 0 && gone.length === 0) return null;
      const versions = found.length > 0 ? suspects.choose(all) : all;
      const files = found.filter(it => versions.has(it.path));
      handing = { versions, left: new Map([...all].filter(([path]) => !versions.has(path))), gone };
      const write = async (sql: Parameters<typeof noteSeen>[0]) => {
        await noteSeen(sql, edge.environment, name, versions, gone);
        return row.position;
      };
      if (files.length === 0) return { at: now, event: null, write, reason: "files are gone" };
      return {
        at: now,
        event: { kind: "files", files },
        write,
        more: found.length === mostAtOnce || files.length < found.length,
      };
    },
    settled(handed) {
      if (!handed && handing !== null && handing.versions.size > 0) {
        for (const path of [...handing.versions.keys(), ...handing.left.keys()]) touched.add(path);
        // One that cannot be handed over does not hold up the others.
        if (suspects.failed(handing.versions, handing.left)) edge.happened(name, apartMs);
      }
      if (handed && handing !== null) {
        suspects.well(handing.versions);
        for (const [path, version] of handing.versions) {
          seen?.set(path, version);
          touched.delete(path);
        }
        for (const path of handing.gone) {
          seen?.delete(path);
          touched.delete(path);
        }
      }
      handing = null;
    },
    waiting: suspects.paths,
    next: (_row, lastTickAt) => lastTickAt + everySeconds * 1000,
    close() {
      for (const watcher of watchers.values()) watcher.close();
      watchers.clear();
    },
  };

  /** A folder that does not exist yet is watched as soon as it does. */
  function watchFolder(folder: string) {
    if (watchers.has(folder)) return;
    try {
      const watcher = watchTree(join(edge.root, folder), {
        changed(file) {
          const path = join(folder, file).replaceAll("\\", "/");
          if (!matches(path)) return;
          touched.add(path);
          edge.happened(name, settleMs);
        },
        ended: () => void watchers.delete(folder),
        // The workspace as a whole holds much that nobody means.
        ...(folder === "." ? { isIgnored: isIgnoredFolder } : {}),
      });
      watchers.set(folder, watcher);
    } catch {
      // Nobody tells of changes here: the next look finds them.
    }
  }

  async function listAll(): Promise<string[]> {
    const found: string[] = [];
    for (const folder of folders) {
      const entries = await readdir(join(edge.root, folder), { recursive: true, withFileTypes: true }).catch(
        () => [],
      );
      for (const entry of entries) {
        if (!entry.isFile()) continue;
        const path = relativeTo(edge.root, join(entry.parentPath, entry.name));
        if (matches(path)) found.push(path);
      }
    }
    return found;
  }

  /** Which files are there in a version that was not handed over, and which are gone. */
  async function compare(paths: readonly string[], isAll: boolean, known: ReadonlyMap<string, string>) {
    const files: SeenFile[] = [];
    const versions = new Map<string, string>();
    const gone: string[] = [];
    let waitMs: number | null = null;
    for (const path of [...paths].sort()) {
      if (files.length === mostAtOnce) break;
      const facts = await stat(join(edge.root, path)).catch(() => null);
      if (facts === null) {
        if (known.has(path)) gone.push(path);
        touched.delete(path);
        suspects.gone(path);
        continue;
      }
      if (!facts.isFile()) continue;
      const version = `${facts.mtimeMs} ${facts.size}`;
      if (known.get(path) === version) {
        touched.delete(path);
        continue;
      }
      const wait = settleMs - Math.abs(Date.now() - facts.mtimeMs);
      if (wait > 0) {
        touched.add(path);
        waitMs = Math.min(waitMs ?? wait, wait);
        continue;
      }
      versions.set(path, version);
      files.push({
        path,
        size: facts.size,
        modifiedAt: facts.mtime.toISOString(),
        change: known.has(path) ? "changed" : "new",
      });
    }
    if (isAll && files.length < mostAtOnce) {
      const present = new Set(paths);
      for (const path of known.keys()) if (!present.has(path) && !gone.includes(path)) gone.push(path);
      for (const path of suspects.paths()) if (!present.has(path)) suspects.gone(path);
    }
    return { files, versions, gone, waitMs };
  }
}

const mostAtOnce = 1_000;
/** Files of a tick that failed are handed over in smaller parts so much later. */
const apartMs = 1_000;

/** "incoming/2026/*.csv" → "incoming/2026". */
function fixedFolder(pattern: string): string {
  const parts = pattern.replace(/^(\.?\/)+/, "").split("/");
  const open = parts.findIndex(part => /[*?{]/.test(part));
  return parts.slice(0, open < 0 ? parts.length - 1 : open).join("/") || ".";
}

function outermost(folders: readonly string[]): string[] {
  const all = [...new Set(folders)];
  return all.filter(it => !all.some(other => other !== it && (other === "." || it.startsWith(`${other}/`))));
}

function relativeTo(root: string, path: string): string {
  return path.slice(root.length + 1).replaceAll("\\", "/");
}
