import type { DbtRequest, DbtRunOptions } from "../model/dbtNode.ts";
import { isEnded, type RunSummary } from "../model/run.ts";
import { selectionOf } from "../model/selectionText.ts";
import type { MaterializeRequest } from "../protocol/engine.ts";
import type { RetryScope } from "../protocol/runs.ts";
import { type Configuration, ConfigurationError } from "./configuration.ts";
import { nameOf } from "./dbtVariant.ts";

/** What to ask for so that a run is made up for: what it left, or all of it; refuses what cannot be retried. */
export function retryRequest(
  run: RunSummary | null,
  runId: string,
  scope: RetryScope,
  { environment: { value: environment }, dbt }: Configuration,
): Required<Pick<MaterializeRequest, "selection" | "partitions">> & Pick<MaterializeRequest, "dbt"> {
  if (run === null) {
    throw new ConfigurationError(`There is no run "${runId}". "millrace runs" lists what there is.`);
  }
  if (run.environment !== environment) {
    throw new ConfigurationError(
      `Run ${runId} belongs to the environment ${run.environment}, and this engine to ${environment}. Retry it with --env ${run.environment}.`,
    );
  }
  if (nameOf(run.dbt ?? {}) !== nameOf(dbt.value.variant)) {
    throw new ConfigurationError(
      `Run ${runId} has another target or other variables of dbt than this engine. Retry it in a terminal: millrace runs retry ${runId}.`,
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
    ...(run.dbt ? { dbt: withoutVariant(run.dbt) } : {}),
  };
}

/** Target and variables the engine has itself. */
function withoutVariant({ target: _, vars: __, ...request }: DbtRunOptions): DbtRequest {
  return request;
}
