import { formatCount, formatDuration } from "../model/format.ts";
import type { Plan } from "../model/plan.ts";
import type { RunSummary, StepStatus } from "../model/run.ts";
import { type DbtFlags, requestOf, variantOf } from "./dbtFlags.ts";
import { cancelOnInterrupt } from "./interrupt.ts";
import { unlessNothingToRun } from "./nothingToRun.ts";
import { createProgress } from "./progress.ts";
import { color, printJson, say, table } from "./terminal.ts";
import { type WorkspaceOptions, withEngine } from "./workspace.ts";

export interface MaterializeOptions extends WorkspaceOptions, DbtFlags {
  json?: boolean;
  dryRun?: boolean;
  partition?: string;
  partitions?: string;
  missing?: boolean;
  failed?: boolean;
  stale?: boolean;
}

/** Runs what is selected and waits for its end. Ctrl-C cancels the run, a second one leaves at once. */
export async function materialize(selection: string, options: MaterializeOptions): Promise<void> {
  const request = {
    selection,
    partitions: options.partition ?? options.partitions ?? null,
    only: (["missing", "failed", "stale"] as const).filter(it => options[it]),
    ...requestOf(options),
  };
  const variant = options.variant ?? (await variantOf(options)).dbt;
  const progress = createProgress({ json: options.json });
  await withEngine(
    { ...options, ...(variant ? { variant } : {}), warm: true },
    async engine => {
      if (options.dryRun) {
        const planned = await unlessNothingToRun(engine.plan(request), options, { steps: [], notes: [] });
        if (planned !== null) printPlan(planned.steps, planned.notes, options);
        return;
      }
      const launched = await unlessNothingToRun(
        engine.materialize({ ...request, requestedBy: "command line" }),
        options,
      );
      if (launched === null) return;
      const { runId } = launched;
      progress.follow(runId);
      const interrupt = cancelOnInterrupt(
        () => engine.cancelRun(runId),
        () => engine.abandon(),
        progress.clear,
      );
      const run = await engine.waitForRun(runId);
      interrupt.release();
      progress.end(run);
      if (options.json) printJson(toJson(run));
      else say(summary(run));
      process.exitCode = interrupt.happened() ? 130 : run.status === "succeeded" ? 0 : 1;
    },
    { runChanged: progress.show, logged: (_, lines) => progress.log(lines) },
  );
}

/** The contract of `materialize --json`. */
export function toJson(run: RunSummary) {
  return { status: run.status, runs: [runToJson(run)] };
}

export function runToJson({ id, status, steps }: RunSummary) {
  return {
    id,
    status,
    steps: steps.map(({ assets, partitions, status, rows, durationMs, error, reason }) => ({
      assets,
      partitions,
      status,
      rows,
      durationMs,
      error,
      reason,
    })),
  };
}

/** "4 materialized, 1 skipped in 3.4 s" */
export function summary(run: RunSummary): string {
  const words: Partial<Record<StepStatus, string>> = { succeeded: "materialized" };
  const counts = (["succeeded", "failed", "skipped", "canceled", "unknown"] as const)
    .map(status => ({ status, count: run.steps.filter(step => step.status === status).length }))
    .filter(({ count }) => count > 0)
    .map(({ status, count }) => `${formatCount(count)} ${words[status] ?? status}`);
  const took = run.startedAt && run.endedAt ? Date.parse(run.endedAt) - Date.parse(run.startedAt) : 0;
  const line = `${counts.join(", ") || run.status} in ${formatDuration(took)}`;
  const shown = run.status === "succeeded" ? color.green(line) : color.red(line);
  return run.error ? `${shown}\n${run.error.message}` : shown;
}

function printPlan(steps: Plan["steps"], notes: readonly string[], options: MaterializeOptions): void {
  if (options.json) {
    printJson({
      steps: steps.map(({ assets, partitions, dependsOn }) => ({
        assets,
        partitions: partitions?.keys ?? null,
        dependsOn,
      })),
      notes,
    });
    return;
  }
  const name = (at: number) =>
    [...(steps[at]?.assets ?? []), ...(steps[at]?.partitions?.keys ?? [])].join(" ");
  say(
    table(
      steps.map(({ dependsOn }, at) => [
        `${at + 1}`,
        name(at),
        dependsOn.length > 0 ? color.dim(`after ${inShort(dependsOn.map(name))}`) : "",
      ]),
    ),
  );
  for (const note of notes) say(color.dim(note));
}

function inShort(names: readonly string[]): string {
  const left = names.length - 3;
  return left > 1 ? `${names.slice(0, 3).join(", ")} and ${formatCount(left)} more` : names.join(", ");
}
