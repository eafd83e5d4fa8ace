import type { BackfillProgress, BackfillSummary } from "../model/backfillState.ts";
import { formatCount, formatDuration } from "../model/format.ts";
import { color, cut } from "./terminal.ts";

/** A bar for each asset, rewritten on a terminal with rate and time left; silent when piped. */
export interface BackfillView {
  follow(backfillId: string): void;
  show(backfill: BackfillSummary): void;
  /** Takes the bars away, until the next change. */
  clear(): void;
  end(backfill: BackfillSummary): void;
}

export function createBackfillProgress({ json }: { json?: boolean | undefined }): BackfillView {
  const out = json ? process.stderr : process.stdout;
  const live = out.isTTY === true && process.env.TERM !== "dumb";
  let followed: string | null = null;
  let drawn = 0;
  let saidPaused = false;
  const began = { at: 0, done: 0 };

  return {
    follow(backfillId) {
      followed = backfillId;
    },
    show(backfill) {
      if (backfill.id !== followed) return;
      if (!live) return tellPause(backfill);
      clear();
      draw(backfill);
    },
    clear,
    end(backfill) {
      // Told once more when the engine stops, it is not drawn again.
      followed = null;
      clear();
      for (const progress of backfill.progress) out.write(`${progressLine(progress)}\n`);
    },
  };

  function draw(backfill: BackfillSummary) {
    const { progress } = backfill;
    const rows = Math.max(2, (out.rows ?? 24) - 4);
    const lines = progress.slice(0, rows).map(progressLine);
    if (progress.length > rows) lines.push(color.dim(`… ${progress.length - rows} more assets`));
    const isPaused = backfill.status === "paused";
    lines.push(isPaused ? color.yellow(pausedLine(backfill)) : color.dim(paceOf(progress)));
    for (const line of lines) out.write(`${cut(line, (out.columns || 80) - 1)}\n`);
    drawn = lines.length;
  }

  /** Without bars somebody who waits would not know why nothing goes on. */
  function tellPause(backfill: BackfillSummary) {
    const isPaused = backfill.status === "paused";
    if (isPaused !== saidPaused)
      process.stderr.write(isPaused ? `${pausedLine(backfill)}\n` : `backfill ${backfill.id} goes on\n`);
    saidPaused = isPaused;
  }

  /** "212/s · 38 s left" */
  function paceOf(progress: readonly BackfillProgress[]): string {
    const sum = (of: keyof BackfillProgress) => progress.reduce((total, it) => total + Number(it[of]), 0);
    const done = sum("materialized") + sum("failed");
    if (began.at === 0) Object.assign(began, { at: performance.now(), done });
    const perMs = (done - began.done) / (performance.now() - began.at);
    if (!(perMs > 0)) return "begins";
    const left = sum("targeted") - sum("skipped") - done;
    const rate = perMs * 1000 >= 10 ? formatCount(Math.round(perMs * 1000)) : (perMs * 1000).toFixed(1);
    return `${rate}/s · ${formatDuration(left / perMs)} left`;
  }

  function clear() {
    if (drawn > 0) out.write(`\u001b[${drawn}A\u001b[J`);
    drawn = 0;
  }
}

function pausedLine({ id }: BackfillSummary): string {
  return `paused · millrace backfill resume ${id}  goes on`;
}

const barWidth = 24;

/** `city_aggregates  ██████████░░░░░░  812/1,000  2 failed` */
export function progressLine({
  asset,
  targeted,
  materialized,
  failed,
  skipped,
  running,
}: BackfillProgress): string {
  const share = (count: number) => (targeted === 0 ? 0 : Math.round((count / targeted) * barWidth));
  const bad = Math.min(barWidth, failed + skipped > 0 ? Math.max(1, share(failed + skipped)) : 0);
  const good = Math.min(barWidth - bad, share(materialized));
  const bar =
    color.green("█".repeat(good)) + color.red("▒".repeat(bad)) + color.dim("░".repeat(barWidth - good - bad));
  const facts = [
    `${formatCount(materialized)}/${formatCount(targeted)}`,
    running > 0 ? color.blue(`${formatCount(running)} running`) : null,
    failed > 0 ? color.red(`${formatCount(failed)} failed`) : null,
    skipped > 0 ? color.dim(`${formatCount(skipped)} given up`) : null,
  ];
  return `${bar}  ${asset}  ${facts.filter(Boolean).join("  ")}`;
}
