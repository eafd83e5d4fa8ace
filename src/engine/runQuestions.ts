import { isEnded } from "../model/run.ts";
import type { MaterializeRequest } from "../protocol/engine.ts";
import type { Database } from "../store/database.ts";
import { runLog } from "../store/events.ts";
import { requestCancel } from "../store/ownership.ts";
import { runDetails } from "../store/runDetails.ts";
import { findRun, listRuns, submitRun } from "../store/runs.ts";
import type { Configuration } from "./configuration.ts";
import type { DbtRequests } from "./dbtRequests.ts";
import type { Engine } from "./engine.ts";
import type { CodeLoader } from "./loadedCode.ts";
import type { Planner } from "./planner.ts";
import type { Reporter } from "./reporter.ts";
import { retryRequest } from "./retryRun.ts";
import type { RunLogs } from "./runLogs.ts";

/** What questions about runs need of their engine. */
export interface RunEdge {
  database: Database;
  configuration: Configuration;
  code: CodeLoader;
  dbtRequests: DbtRequests;
  reporter: Reporter;
  logs: RunLogs;
  plan: Planner["plan"];
  /** Of the definitions that were planned with. */
  digest(): string;
  /** Resolves when the state is ready to be written to. */
  maintained: Promise<void>;
  /** Runs were queued or canceled: the coordinator looks. */
  wake(): void;
}

type RunQuestions = Pick<
  Engine,
  "plan" | "materialize" | "retryRun" | "cancelRun" | "runs" | "run" | "runLog" | "runDetails" | "waitForRun"
>;

/** The part of an engine that is about runs. */
export function runQuestions(edge: RunEdge): RunQuestions {
  const { database, configuration, code, dbtRequests, reporter, logs } = edge;
  return {
    async plan(request) {
      const { plan, notes } = await edge.plan(request, Date.now());
      return { steps: plan.steps, notes };
    },
    materialize,
    async retryRun(runId, scope, requestedBy) {
      const run = await findRun(database, runId);
      return materialize({ ...retryRequest(run, runId, scope, configuration), requestedBy });
    },
    async cancelRun(runId) {
      const canceled = await requestCancel(database, runId);
      edge.wake();
      return canceled;
    },
    runs: (limit, filter = {}) => listRuns(database, { ...filter, limit }),
    run: runId => findRun(database, runId),
    async runLog(runId) {
      await logs.flush();
      return runLog(database, runId);
    },
    runDetails: runId => runDetails(database, runId),
    waitForRun: runId => reporter.waitFor(runId, run => isEnded(run.status)),
  };

  async function materialize(request: MaterializeRequest) {
    const evaluatedAt = Date.now();
    const { plan, notes } = await edge.plan(request, evaluatedAt);
    await edge.maintained;
    const digest = edge.digest();
    const { selection, requestedBy } = request;
    const dbt = await dbtRequests.optionsFor(
      request.dbt,
      plan.steps.flatMap(it => it.assets),
    );
    const run = {
      ...(dbt ? { dbt } : {}),
      ...{ environment: configuration.environment.value, digest, selection, requestedBy },
      ...{ priority: 0, evaluatedAt, plan },
    };
    const runId = await code.during(digest, () => submitRun(database, run));
    reporter.changed(runId);
    edge.wake();
    const at = new Date(evaluatedAt).toISOString();
    const lines = notes.map(message => ({ at, level: "info" as const, asset: null, message }));
    if (lines.length > 0) logs.add(null, runId, lines);
    return { runId };
  }
}
