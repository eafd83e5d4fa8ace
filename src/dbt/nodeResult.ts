import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DbtBatches, DbtNodeResult } from "./dbt.ts";
import { type ErrorPlaces, locateDbtError } from "./errorPlace.ts";
import { type JsonRecord, numberOf, recordOf, textOf } from "./json.ts";

/** What run_results.json holds: the account of one invocation. */
export interface RunResults {
  readonly invocationId: string | null;
  readonly version: string | null;
  /** When dbt wrote it, ISO 8601. */
  readonly generatedAt: string | null;
  /** When it began, epoch milliseconds; null when the account does not say. */
  readonly startedAt: number | null;
  /** False when it only made a sample of the rows, or none. */
  readonly isWhole: boolean;
  /** The target that a flag or a variable named; null: the one that the profile names. */
  readonly target: string | null;
  /** Whether models that it did not make were read elsewhere. */
  readonly isDeferred: boolean;
  /** The SQL of its nodes as dbt sent it, by id. */
  readonly compiled: ReadonlyMap<string, string>;
  readonly results: readonly DbtNodeResult[];
}

/** Reads the account that an invocation left in its folder; null when it left none, or half of one. */
export async function readRunResults(folder: string, places: ErrorPlaces): Promise<RunResults | null> {
  try {
    const account = recordOf(JSON.parse(await readFile(join(folder, "run_results.json"), "utf8")));
    const metadata = recordOf(account.metadata);
    const args = recordOf(account.args);
    const generatedAt = textOf(metadata.generated_at);
    const entries = Array.isArray(account.results) ? account.results : [];
    return {
      invocationId: textOf(metadata.invocation_id),
      version: textOf(metadata.dbt_version),
      generatedAt,
      startedAt:
        generatedAt === null ? null : Date.parse(generatedAt) - (numberOf(account.elapsed_time) ?? 0) * 1000,
      isWhole: args.empty !== true && args.sample == null,
      target: textOf(args.target),
      isDeferred: args.defer === true,
      compiled: compiledIn(entries),
      results: await Promise.all(entries.map(it => nodeResult(recordOf(it), places))),
    };
  } catch {
    return null;
  }
}

function compiledIn(entries: readonly unknown[]): Map<string, string> {
  return new Map(
    entries.map(recordOf).flatMap(({ unique_id, compiled_code }) => {
      const [id, sql] = [textOf(unique_id), textOf(compiled_code)];
      return id === null || sql === null ? [] : [[id, sql] as const];
    }),
  );
}

/** One node's result, from the account or from the log: they differ in the name of one field. */
export async function nodeResult(entry: JsonRecord, places: ErrorPlaces): Promise<DbtNodeResult> {
  const uniqueId = textOf(entry.unique_id) ?? "";
  const isTest = /^(unit_)?test\./.test(uniqueId);
  const status = statuses[textOf(entry.status) ?? ""] ?? "failed";
  const message = textOf(entry.message);
  const rows = numberOf(recordOf(entry.adapter_response).rows_affected);
  const isError =
    entry.status === "error" || entry.status === "runtime error" || entry.status === "partial success";
  return {
    uniqueId,
    status,
    rows: isTest || rows === null || rows < 0 ? null : rows,
    durationMs: Math.round((numberOf(entry.execution_time) ?? 0) * 1000),
    message,
    failures: isTest && !isError ? (numberOf(entry.failures) ?? numberOf(entry.num_failures)) : null,
    relation: textOf(entry.relation_name),
    error: isError && message !== null ? await locateDbtError(message, places) : null,
    batches: batchesOf(entry.batch_results),
  };
}

const statuses: Readonly<Record<string, DbtNodeResult["status"]>> = {
  success: "succeeded",
  reused: "succeeded",
  "partial success": "partial",
  pass: "passed",
  warn: "warned",
  fail: "failed",
  error: "failed",
  "runtime error": "failed",
  skipped: "skipped",
  "no-op": "nothing",
};

function batchesOf(value: unknown): DbtBatches | null {
  const { successful, failed } = recordOf(value);
  if (!Array.isArray(successful) && !Array.isArray(failed)) return null;
  return { succeeded: windows(successful), failed: windows(failed) };
}

function windows(value: unknown): [string, string][] {
  if (!Array.isArray(value)) return [];
  return value.flatMap(pair => {
    const [start, end] = Array.isArray(pair) ? pair.map(inUtc) : [];
    return start && end ? [[start, end] as [string, string]] : [];
  });
}

/** dbt leaves the zone away where it means UTC. */
function inUtc(time: unknown): string | null {
  if (typeof time !== "string") return null;
  const zoned = /(Z|[+-]\d\d:?\d\d)$/.test(time) ? time : `${time.replace(" ", "T")}Z`;
  const at = new Date(zoned);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}
