import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { literally, placeArguments } from "./arguments.ts";
import type { DbtPlace } from "./dbt.ts";
import { recordOf, textOf } from "./json.ts";
import type { DbtLook } from "./look.ts";

/** What `dbt source freshness` found of one source. */
export interface DbtSourceFreshness {
  readonly uniqueId: string;
  /** Error: older than it may be. Failed: dbt could not look. */
  readonly status: "pass" | "warn" | "error" | "failed";
  /** The time of its newest row, ISO 8601; null: it holds none. */
  readonly loadedAt: string | null;
  readonly checkedAt: string | null;
  /** Why dbt could not look at it. */
  readonly error: string | null;
}

export interface DbtSourcesFreshness {
  readonly sources: readonly DbtSourceFreshness[];
  /** Why dbt looked at nothing, in its words; null when it did. */
  readonly error: string | null;
}

/** Asks how new the data of some sources is. */
export function sourceFreshness(place: DbtPlace, uniqueIds: readonly string[]): DbtLook<DbtSourcesFreshness> {
  const told = new Map<string, string>();
  return {
    args: folder => [
      ...["source", "freshness", "--select", ...uniqueIds.map(selectorOfSource)],
      ...placeArguments(place),
      ...["--target-path", folder],
    ],
    // The account leaves out what could not be looked at; the log tells it.
    record(record) {
      const { node_info, run_result } = recordOf(record.data);
      const uniqueId = textOf(recordOf(node_info).unique_id);
      if (recordOf(record.info).name !== "NodeFinished" || uniqueId === null) return;
      told.set(uniqueId, textOf(recordOf(run_result).message) ?? "dbt could not look at it.");
    },
    async close(failure, folder) {
      const read = await readSources(folder);
      const known = new Set(read.map(it => it.uniqueId));
      const untold = [...told].filter(([id]) => !known.has(id));
      const sources = [...read, ...untold.map(([id, error]) => failedSource(id, error))];
      // Of single sources that are old or cannot be read, dbt speaks as errors, too.
      return { sources, error: sources.length > 0 ? null : failure };
    },
  };
}

/** A warm process writes what it has found where it writes all that it finds. */
async function readSources(folder: string): Promise<DbtSourceFreshness[]> {
  for (const file of ["sources.json", "run_results.json"]) {
    const text = await readFile(join(folder, file), "utf8").catch(() => null);
    const results = text === null ? null : recordOf(JSON.parse(text)).results;
    if (Array.isArray(results)) return results.map(it => sourceResult(recordOf(it)));
  }
  return [];
}

function sourceResult(entry: Readonly<Record<string, unknown>>): DbtSourceFreshness {
  const status = textOf(entry.status) ?? "";
  const uniqueId = textOf(entry.unique_id) ?? "";
  const loadedAt = textOf(entry.max_loaded_at);
  const checkedAt = textOf(entry.snapshotted_at);
  if ((status === "pass" || status === "warn" || status === "error") && checkedAt !== null) {
    // Of a table without rows dbt says the beginning of its calendar.
    const isEmpty = loadedAt === null || loadedAt.startsWith("0001-");
    return { uniqueId, status, loadedAt: isEmpty ? null : loadedAt, checkedAt, error: null };
  }
  return failedSource(uniqueId, textOf(entry.error) ?? textOf(entry.message) ?? "dbt could not look at it.");
}

function failedSource(uniqueId: string, error: string): DbtSourceFreshness {
  return { uniqueId, status: "failed", loadedAt: null, checkedAt: null, error: error.trim() };
}

function selectorOfSource(uniqueId: string): string {
  const [, ...parts] = uniqueId.split(".");
  return `source:${literally(parts.join("."))}`;
}
