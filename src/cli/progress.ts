import { formatDuration, formatRows } from "../model/format.ts";
import type { LogLine, RunSummary, StepStatus, StepSummary } from "../model/run.ts";
import { stateMarks } from "../model/stateWords.ts";
import { color, cut, errorColor, say } from "./terminal.ts";

/** Shows a run while it goes on: one line per step, rewritten on a terminal, printed once at its end when piped. */
export interface Progress {
  /** The run to show; the engine tells of others too. */
  follow(runId: string): void;
  show(run: RunSummary): void;
  log(lines: readonly LogLine[]): void;
  /** Takes the lines away that are rewritten, until the next change. */
  clear(): void;
  end(run: RunSummary): void;
}

const redrawMs = 100;

export function createProgress({ json }: { json?: boolean | undefined }): Progress {
  const out = json ? process.stderr : process.stdout;
  const live = out.isTTY === true && process.env.TERM !== "dumb";
  const told = new Set<string>();
  let followed: string | null = null;
  let reason: string | null = null;
  let present: RunSummary | null = null;
  let drawn = 0;
  const timer = live ? setInterval(redraw, redrawMs).unref() : undefined;

  return {
    follow(runId) {
      followed = runId;
    },
    show(run) {
      if (run.id !== followed) return;
      present = run;
      if (!live && run.reason !== null && run.reason !== reason) process.stderr.write(`${run.reason}\n`);
      reason = run.reason;
      if (live) redraw();
      else tellEnded(run);
    },
    log(lines) {
      clear();
      for (const { asset, level, message } of lines) {
        const shown = level === "error" || level === "warn" ? errorColor.yellow(message) : message;
        process.stderr.write(`${errorColor.dim(asset ? `${asset} │ ` : "")}${shown}\n`);
      }
      if (live) redraw();
    },
    clear,
    end(run) {
      // Told once more when the engine stops, it is not drawn again.
      followed = null;
      present = null;
      clearInterval(timer);
      clear();
      for (const step of run.steps) tell(step);
    },
  };

  function tellEnded(run: RunSummary) {
    for (const step of run.steps) if (step.endedAt) tell(step);
  }

  function tell(step: StepSummary) {
    if (told.has(step.id)) return;
    told.add(step.id);
    say(stepLine(step, Date.now()), { json });
  }

  function redraw() {
    if (!present) return;
    clear();
    const lines = present.steps.filter(step => step.status !== "queued" || present?.steps.length === 1);
    const waiting = present.steps.length - lines.length;
    const shown = lines.slice(-Math.max(3, (out.rows ?? 24) - 3)).map(step => stepLine(step, Date.now()));
    if (waiting > 0) shown.push(color.dim(`${stateMarks.queued.terminal} ${waiting} queued`));
    if (present.reason) shown.push(color.dim(present.reason));
    for (const line of shown) out.write(`${cut(line, (out.columns || 80) - 1)}\n`);
    drawn = shown.length;
  }

  function clear() {
    if (drawn > 0) out.write(`\u001b[${drawn}A\u001b[J`);
    drawn = 0;
  }
}

const marks: Record<StepStatus, (text: string) => string> = {
  queued: color.dim,
  running: color.blue,
  succeeded: color.green,
  failed: color.red,
  skipped: color.dim,
  canceled: color.dim,
  unknown: color.yellow,
};

/** `✓ city_aggregates  1.2 s  4,810 rows` */
export function stepLine(step: StepSummary, now: number): string {
  const { terminal } = stateMarks[step.status === "succeeded" ? "materialized" : step.status];
  const took = step.durationMs ?? (step.startedAt ? now - Date.parse(step.startedAt) : null);
  const facts = [
    [step.assets.join(", "), step.partitions?.join(" … ")].filter(Boolean).join(" "),
    took === null || step.status === "queued" ? null : color.dim(formatDuration(Math.max(0, took))),
    step.rows === null ? null : formatRows(step.rows),
    step.status === "skipped" || step.status === "queued"
      ? step.reason && color.dim(`${step.status}: ${step.reason}`)
      : null,
    step.error ? color.red(step.error.message.split("\n")[0] ?? "") : null,
    step.error?.file ? color.dim(`${step.error.file}:${step.error.line}`) : null,
  ];
  return `${marks[step.status](terminal)} ${facts.filter(Boolean).join("  ")}`;
}
