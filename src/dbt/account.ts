import type { DbtEvent, DbtNodeResult, DbtOrder, DbtOutcome } from "./dbt.ts";
import { locateDbtError } from "./errorPlace.ts";
import { type JsonRecord, recordOf, textOf } from "./json.ts";
import { nodeResult, readRunResults } from "./nodeResult.ts";

/** Follows one invocation through its log, and closes its account. */
export interface Account {
  record(record: JsonRecord): void;
  event(event: DbtEvent): void;
  /** `failure` is what dbt itself says of why it ended without an account. */
  close(ending: Ending): Promise<DbtOutcome>;
}

/** How the process took its leave. */
export interface Ending {
  readonly kind: "ended" | "canceled" | "lost";
  readonly failure: string | null;
}

/** Opens the account of an invocation; its events are told in the order of the log. */
export function openAccount(order: DbtOrder): Account {
  const finished = new Map<string, DbtNodeResult>();
  const errors: string[] = [];
  // Batches of a microbatch model end under its name; only what follows its own line is the model's end.
  const inBatches = new Set<string>();
  let invocationId: string | null = null;
  let version: string | null = null;
  let hasStarted = false;
  // Looking for the line of an error reads files, and what comes after it waits for its turn.
  let told = Promise.resolve();

  return { record, event: order.onEvent, close };

  function record(record: JsonRecord) {
    const info = recordOf(record.info);
    const data = recordOf(record.data);
    const node = recordOf(data.node_info);
    const uniqueId = textOf(node.unique_id);
    const at = textOf(info.ts) ?? "";
    const name = textOf(info.name) ?? "";
    if (name === "MainReportVersion") {
      invocationId = textOf(info.invocation_id);
      version = textOf(data.version)?.replace(/^=/, "") ?? null;
      if (invocationId !== null) tell({ type: "invoked", invocationId, version: version ?? "" });
    } else if (name === "LogStartLine" && uniqueId !== null) {
      hasStarted = true;
      tell({ type: "started", uniqueId, at });
    } else if (name === "LogModelResult" && uniqueId !== null) {
      inBatches.delete(uniqueId);
    } else if (name === "LogStartBatch" && uniqueId !== null) {
      inBatches.add(uniqueId);
    } else if (name === "NodeFinished" && uniqueId !== null) {
      if (inBatches.has(uniqueId)) return;
      hasStarted = true;
      const entry = {
        ...recordOf(data.run_result),
        unique_id: uniqueId,
        relation_name: recordOf(node.node_relation).relation_name,
      };
      told = told.then(async () => {
        const result = await nodeResult(entry, order);
        finished.set(uniqueId, result);
        order.onEvent({ type: "finished", result });
      });
    } else if (!quiet.has(name)) {
      const message = textOf(info.msg)?.trim();
      const level = levels[textOf(info.level) ?? ""];
      if (!message || level === undefined) return;
      if (level === "error") errors.push(message);
      tell({ type: "log", level, uniqueId, message, at });
    }
  }

  function tell(event: DbtEvent) {
    told = told.then(() => order.onEvent(event));
  }

  async function close({ kind, failure }: Ending): Promise<DbtOutcome> {
    await told;
    const account = await readRunResults(order.folder, order);
    const results = complete(finished, account?.results ?? []);
    const accounted = new Set(results.map(it => it.uniqueId));
    const unaccounted = order.select.filter(it => !accounted.has(it));
    const isClosed = kind === "ended" && failure === null && account !== null;
    const isKnown = hasStarted && unaccounted.length === 0;
    const status =
      kind === "canceled"
        ? "canceled"
        : isClosed || isKnown
          ? "done"
          : hasStarted && !account
            ? "lost"
            : "failed";
    const why = failure ?? errors[0] ?? "dbt ended and did not say why.";
    const words = status === "lost" ? `${why}\n${lost}` : why;
    return {
      status,
      invocationId: account?.invocationId ?? invocationId,
      version: account?.version ?? version,
      results,
      unaccounted,
      error: isClosed || kind === "canceled" ? null : await locateDbtError(words, order),
    };
  }
}

/** The account is the truth; the log knows what an interrupted process had no time to write. */
function complete(
  finished: ReadonlyMap<string, DbtNodeResult>,
  account: readonly DbtNodeResult[],
): DbtNodeResult[] {
  const results = new Map(finished);
  for (const result of account) {
    const relation = result.relation ?? finished.get(result.uniqueId)?.relation ?? null;
    results.set(result.uniqueId, { ...result, relation });
  }
  return [...results.values()];
}

const lost = "What it did last is unknown: look at the tables, and materialize again what is in doubt.";

const levels: Readonly<Record<string, "info" | "warning" | "error">> = {
  info: "info",
  warn: "warning",
  error: "error",
};

/** Told already by the result of the node, or of no use outside of a terminal. */
const quiet: ReadonlySet<string> = new Set([
  "LogTestResult",
  "LogSeedResult",
  "LogSnapshotResult",
  "RunResultFailure",
  "RunResultError",
  "RunResultErrorNoMessage",
  "RunResultWarning",
  "RunResultWarningMessage",
  "SkippingDetails",
  "LogSkipBecauseError",
  "MarkSkippedChildren",
  "SQLCompiledPath",
  "DeprecationsSummary",
  "Formatting",
  "EndOfRunSummary",
  "StatsLine",
  "FinishedRunningStats",
  "CommandCompleted",
]);
