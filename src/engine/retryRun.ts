import { isEnded, type RunSummary } from "../model/run.ts";
import { selectionOf } from "../model/selectionText.ts";
import type { MaterializeRequest } from "../protocol/engine.ts";
import type { RetryScope } from "../protocol/runs.ts";
import { ConfigurationError } from "./configuration.ts";

/** What to ask for so that a run is made up for: what it left, or all of it; refuses what cannot be retried. */
export function retryRequest(
  run: RunSummary | null,
  runId: string,
  scope: RetryScope,
  environment: string,
): Required<Pick<MaterializeRequest, "selection" | "partitions">> {
  if (run === null) {
    throw new ConfigurationError(`There is no run "${runId}". "millrace runs" lists what there is.`);
  }
  if (run.environment !== environment) {
    throw new ConfigurationError(
      `Run ${runId} belongs to the environment ${run.environment}, and this engine to ${environment}. Retry it with --env ${run.environment}.`,
    );
  }
  if (!isEnded(run.status)) {
    throw new ConfigurationError(`Run ${runId} is ${run.status}. Wait for its end, or cancel it first.`);
  }
  const steps = run.steps.filter(step => scope === "all" || step.status !== "succeeded");
  if (steps.length === 0) {
    throw new ConfigurationError(`Run ${runId} left nothing to retry: every step succeeded.`);
  }
  const keys = new Set(steps.flatMap(step => step.assets));
  const partitions = new Set(steps.flatMap(step => step.partitions?.join("...") ?? []));
  return {
    selection: selectionOf([...keys]),
    partitions: partitions.size > 0 ? [...partitions].join(",") : null,
  };
}
