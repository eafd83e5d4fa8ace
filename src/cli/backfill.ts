import { ConfigurationError } from "../engine/configuration.ts";
import type { Engine } from "../engine/engine.ts";
import type { BackfillPlan, BackfillSummary } from "../model/backfillState.ts";
import { formatAgo, formatCount, formatCounted, formatDuration } from "../model/format.ts";
import type { BackfillAction, BackfillRequest } from "../protocol/partitions.ts";
import { createBackfillProgress, progressLine } from "./backfillProgress.ts";
import { type DbtFlags, requestOf, variantOf, variantOfRun } from "./dbtFlags.ts";
import { cancelOnInterrupt } from "./interrupt.ts";
import { runToJson } from "./materialize.ts";
import { unlessNothingToRun } from "./nothingToRun.ts";
import { color, errorColor, printJson, say, table } from "./terminal.ts";
import { wholeNumber } from "./wholeNumber.ts";
import { type WorkspaceOptions, withEngine } from "./workspace.ts";

export interface BackfillOptions extends WorkspaceOptions, DbtFlags {
  json?: boolean;
  dryRun?: boolean;
  partitions?: string;
  missing?: boolean;
  failed?: boolean;
  stale?: boolean;
  maxParallel?: string;
}

/** Launches a backfill and waits for its end. Ctrl-C cancels it; what was made stays, and a retry goes on. */
export async function backfill(selection: string, options: BackfillOptions): Promise<void> {
  const request: BackfillRequest = {
    selection,
    partitions: options.partitions ?? null,
    only: (["missing", "failed", "stale"] as const).filter(it => options[it]),
    maxParallel:
      options.maxParallel === undefined ? null : wholeNumber("--max-parallel", options.maxParallel),
    ...requestOf(options),
    requestedBy: "command line",
  };
  const { dbt: variant } = await variantOf(options);
  await follow({ ...options, ...(variant ? { variant } : {}) }, async engine => {
    if (options.dryRun) {
      printPlan(await engine.planBackfill(request), options);
      return null;
    }
    const launched = await unlessNothingToRun(engine.launchBackfill(request), options);
    if (launched === null) return null;
    const { backfillId } = launched;
    process.stderr.write(errorColor.dim(`backfill ${backfillId}: ${selection}\n`));
    return backfillId;
  });
}

/** Lists backfills, or shows one with its progress and what failed. */
export async function showBackfills(id: string | undefined, options: BackfillOptions): Promise<void> {
  await withEngine(options, async engine => {
    if (id === undefined) {
      const found = await engine.backfills(20);
      if (options.json) printJson({ backfills: found });
      else if (found.length === 0)
        say('There is no backfill yet. "millrace backfill --help" says how to launch one.');
      else say(table(found.map(backfillRow)));
      return;
    }
    const found = await findBackfill(engine, id);
    if (options.json) return printJson(found);
    say(
      `backfill ${id}  ${found.status}  ${found.selection}  ${found.partitions}  ${color.dim(`${found.requestedBy} · ${formatAgo(found.createdAt, Date.now())}`)}`,
    );
    for (const progress of found.progress) say(progressLine(progress));
    tellFailures(found);
  });
}

/** Pauses, resumes, cancels or retries; a resumed or retried one is followed to its end. */
export async function actOnBackfill(
  id: string,
  action: BackfillAction,
  options: BackfillOptions,
): Promise<void> {
  if (action === "resume" || action === "retry") {
    const found = await withEngine(options, engine => findBackfill(engine, id));
    if (action === "retry" && found.status === "succeeded" && !options.json)
      return say(color.dim(`Nothing to retry: all of backfill ${id} succeeded.`));
    return follow({ ...options, ...variantOfRun(found, options) }, async engine => {
      await engine.actOnBackfill(id, action);
      return id;
    });
  }
  await withEngine(options, async engine => {
    await engine.actOnBackfill(id, action);
    const { status } =
      action === "cancel" ? await engine.waitForBackfill(id) : await findBackfill(engine, id);
    if (options.json) printJson({ id, status });
    else say(`Backfill ${id} is ${status}.`);
  });
}

async function follow(
  options: BackfillOptions,
  begin: (engine: Engine) => Promise<string | null>,
): Promise<void> {
  const progress = createBackfillProgress(options);
  await withEngine(
    { ...options, warm: true, background: true },
    async engine => {
      const since = Date.now();
      const id = await begin(engine);
      if (id === null) return;
      const before = madeBy(await findBackfill(engine, id));
      progress.follow(id);
      const interrupt = cancelOnInterrupt(
        () => engine.actOnBackfill(id, "cancel"),
        () => engine.abandon(),
        progress.clear,
      );
      const ended = await engine.waitForBackfill(id);
      interrupt.release();
      progress.end(ended);
      if (options.json) {
        const runs = await engine.runsOfBackfill(id);
        printJson({ status: ended.status, backfill: id, runs: runs.map(runToJson) });
      } else {
        tellFailures(ended);
        say(summary(ended, { at: since, made: before }));
      }
      process.exitCode = interrupt.happened() ? 130 : ended.status === "succeeded" ? 0 : 1;
    },
    { backfillChanged: progress.show },
  );
}

export async function findBackfill(engine: Engine, id: string): Promise<BackfillSummary> {
  const found = await engine.backfill(id);
  if (!found)
    throw new ConfigurationError(
      `There is no backfill "${id}". "millrace backfill show" lists what there is.`,
    );
  return found;
}

function printPlan(plan: BackfillPlan, options: BackfillOptions): void {
  if (options.json) {
    printJson(plan);
    return;
  }
  const count = (number: number) => (number === 0 ? color.dim("0") : formatCount(number));
  say(
    table([
      ["asset", "to make", "missing", "failed", "stale", "done", "partitions"].map(it => color.dim(it)),
      ...plan.targets.map(({ asset, ranges, partitions, missing, failed, stale, done }) => [
        asset,
        count(ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0)),
        count(missing),
        count(failed),
        count(stale),
        count(done),
        color.dim(partitions),
      ]),
    ]),
  );
  const time = plan.estimatedMs === null ? "" : `, about ${formatDuration(plan.estimatedMs)}`;
  say(`${formatCounted(plan.runs, "run")}${time}`);
  for (const note of [...failedAndMissing(plan, options), ...plan.notes]) say(color.dim(note));
}

/** Each partition counts in one column only; what is asked for by --missing may stand in another. */
function failedAndMissing({ targets }: BackfillPlan, options: BackfillOptions): string[] {
  if (!options.missing || options.failed) return [];
  const also = targets.reduce((sum, { ranges, missing, stale }) => {
    const made = ranges.reduce((count, { first, last }) => count + last - first + 1, 0);
    return sum + made - missing - (options.stale ? stale : 0);
  }, 0);
  if (also === 0) return [];
  return [
    `${formatCounted(also, "partition")} of "failed" ${also === 1 ? "was" : "were"} never materialized, and so missing, too.`,
  ];
}

function tellFailures({ failures, progress, error, id }: BackfillSummary): void {
  for (const { asset, partitions, error } of failures) {
    const place = error?.file ? color.dim(`  ${error.file}:${error.line}`) : "";
    say(
      `${color.red("✗")} ${asset} ${partitions.join(" … ")}  ${error?.message.split("\n")[0] ?? "canceled"}${place}`,
    );
  }
  const left = progress.reduce((sum, it) => sum + it.failed, 0) - failures.length;
  if (left > 0) say(color.red(`and ${formatCount(left)} more failed`));
  if (error) say(color.red(error.message));
  if (failures.length > 0) say(color.dim(`millrace backfill retry ${id}  tries again what failed`));
}

/** "1,000 materialized, 2 failed in 4.8 s · 208/s", of what was done since a moment: a retry made only the rest. */
function summary(backfill: BackfillSummary, since: { at: number; made: number }): string {
  const total = (of: "failed" | "skipped") => backfill.progress.reduce((sum, it) => sum + it[of], 0);
  const made = madeBy(backfill) - since.made;
  const took = Math.max((backfill.endedAt ? Date.parse(backfill.endedAt) : since.at) - since.at, 0);
  const parts = [
    made > 0 ? `${formatCount(made)} materialized` : null,
    total("failed") > 0 ? `${formatCount(total("failed"))} failed` : null,
    total("skipped") > 0 ? `${formatCount(total("skipped"))} given up` : null,
  ].filter(it => it !== null);
  // Below one a second the duration tells more than a rate.
  const perSecond = took > 0 ? Math.round((made / took) * 1000) : 0;
  const rate = perSecond > 0 ? ` · ${formatCount(perSecond)}/s` : "";
  const line = `${parts.join(", ") || backfill.status} in ${formatDuration(took)}${rate}`;
  return backfill.status === "succeeded" ? color.green(line) : color.red(line);
}

function madeBy({ progress }: BackfillSummary): number {
  return progress.reduce((sum, it) => sum + it.materialized, 0);
}

function backfillRow(it: BackfillSummary): string[] {
  const done = it.progress.reduce((sum, { materialized }) => sum + materialized, 0);
  const targeted = it.progress.reduce((sum, { targeted }) => sum + targeted, 0);
  const paint = it.status === "succeeded" ? color.green : it.status === "failed" ? color.red : color.blue;
  return [
    it.id,
    paint(it.status),
    formatAgo(it.createdAt, Date.now()),
    `${formatCount(done)}/${formatCount(targeted)}`,
    it.selection,
    color.dim(it.partitions),
  ];
}
