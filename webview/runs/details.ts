import { select } from "d3-selection";
import { isEnded, type LogLine, type StepDetails } from "../../src/model/run.ts";
import type { RetryScope } from "../../src/protocol/runs.ts";
import type { Browser } from "../shared/browser.ts";
import { addButton } from "../shared/controls.ts";
import { actionIcons } from "../shared/icons.ts";
import { addSplitter } from "../shared/splitter.ts";
import { drawStateMark, markSize } from "../shared/stateMark.ts";
import { createGantt } from "./gantt.ts";
import type { TimedRun } from "./lanes.ts";
import { readGantt } from "./layout/gantt.ts";
import { createLog } from "./log.ts";
import { createStepFacts } from "./stepFacts.ts";
import { absoluteText, criticalText, firstLine, runText, stateWord } from "./words.ts";

/** What one does with the run that is looked at. */
export interface DetailsActions {
  cancel(): void;
  retry(scope: RetryScope): void;
  copy(): void;
  openLog(): void;
  close(): void;
  /** Back to the timeline, which stays as it is. */
  leave(): void;
  chooseStep(stepId: string): void;
  materialize(stepId: string): void;
  openSource(stepId: string): void;
  openError(stepId: string): void;
}

/** What is known of the run that is looked at. */
export interface ShownRun {
  readonly timed: TimedRun;
  /** Null until the host has told. */
  readonly steps: readonly StepDetails[] | null;
  readonly stepId: string | null;
}

/** The pane below the timeline: one run with its steps, its log, and what can be done. */
export interface Details {
  show(shown: ShownRun | null, now: number): void;
  showLog(lines: readonly LogLine[] | null): void;
  appendLog(lines: readonly LogLine[]): void;
  focus(): void;
}

/** What goes on is drawn anew so often, and words like "2 min ago" are said anew so often. */
const tickMs = 1_000;
const wordsAgeMs = 30_000;

/** Adds the pane to a container, hidden. */
export function createDetails(container: HTMLElement, browser: Browser, actions: DetailsActions): Details {
  const part = (name: string) => (value: number) => container.style.setProperty(name, String(value));
  addSplitter(container, {
    label: "Height of the run",
    axis: "down",
    part: 0.56,
    changed: part("--details-part"),
  });
  const border = select(container).select<HTMLElement>(".splitter.is-down").attr("hidden", "");
  const pane = select(container)
    .append("section")
    .attr("class", "details")
    .attr("aria-label", "Run")
    .attr("hidden", "");
  const head = pane.append("div").attr("class", "details-head");
  const mark = head
    .append("svg")
    .attr("class", "details-mark")
    .attr("viewBox", `0 0 ${markSize} ${markSize}`)
    .attr("aria-hidden", "true")
    .append("g");
  const title = head.append("h2");
  const about = head.append("span").attr("class", "about");
  const acts = head.append("div").attr("class", "acts");
  const cancel = addButton(acts, { label: "Cancel", icon: actionIcons.cancel, act: actions.cancel });
  const retry = addButton(acts, {
    label: "Retry what failed",
    icon: actionIcons.retry,
    key: "R",
    look: "primary",
    act: () => actions.retry("left"),
  });
  const again = addButton(acts, {
    label: "Run all again",
    icon: actionIcons.again,
    act: () => actions.retry("all"),
  });
  addButton(acts, { label: "Copy the run's id", icon: actionIcons.copy, look: "icon", act: actions.copy });
  addButton(acts, {
    label: "Open the log as a file",
    icon: actionIcons.log,
    look: "icon",
    act: actions.openLog,
  });
  addButton(acts, {
    label: "Close",
    icon: actionIcons.clear,
    key: "Escape",
    look: "icon",
    act: actions.close,
  });
  const why = pane.append("p").attr("class", "why");

  const body = pane.append("div").attr("class", "details-body");
  const left = body.append("div").attr("class", "details-steps");
  const ganttBox = left.append("div").attr("class", "gantt").node() as HTMLDivElement;
  const gantt = createGantt(ganttBox, browser, {
    choose: actions.chooseStep,
    open(stepId) {
      const failed = shown?.timed.run.steps.find(it => it.id === stepId)?.error?.file;
      if (failed) actions.openError(stepId);
      else actions.openSource(stepId);
    },
    materialize: actions.materialize,
    leave: actions.leave,
  });
  const facts = createStepFacts(left.append("div").node() as HTMLDivElement, actions);
  addSplitter(body.node() as HTMLDivElement, {
    label: "Width of the log",
    axis: "across",
    part: 0.46,
    changed: part("--log-part"),
  });
  const logBox = body.append("div").attr("class", "details-log").node() as HTMLDivElement;
  const log = createLog(logBox, browser, () => gantt.focus());
  let shown: ShownRun | null = null;
  let loggedRun: string | null = null;
  let drawnAt = 0;

  return {
    show(next, now) {
      if (next !== null && shown !== null && isAsBefore(next, shown, now)) return;
      drawnAt = now;
      const isOtherStep = next?.stepId !== shown?.stepId || next?.timed.run.id !== shown?.timed.run.id;
      const wasShown = shown !== null;
      shown = next;
      for (const it of [pane, border]) it.attr("hidden", next === null ? "" : null);
      if (next === null) return gantt.show(null, null, now);
      drawHead(next, now);
      const run = readGantt(next.timed.run, next.steps ?? [], now);
      gantt.show(run, next.stepId, now);
      const step = run.steps.find(it => it.step.id === next.stepId) ?? null;
      facts.show(step, criticalText(run), now);
      if (isOtherStep) log.mark(step?.step.assets ?? null);
      if (!wasShown) log.resized();
    },
    showLog(lines) {
      const run = shown?.timed.run;
      const isOther = run?.id !== loggedRun;
      loggedRun = run?.id ?? null;
      if (lines === null && !isOther) return;
      log.show(lines, { isLive: run !== undefined && !isEnded(run.status) });
    },
    appendLog: lines => log.add(lines),
    focus: () => gantt.focus(),
  };

  /** While others change, a run that has ended stays as it is; only how long ago it was is said anew. */
  function isAsBefore(next: ShownRun, before: ShownRun, now: number): boolean {
    const isSame =
      next.timed === before.timed && next.steps === before.steps && next.stepId === before.stepId;
    return isSame && now - drawnAt < (next.timed.ended === null ? tickMs / 2 : wordsAgeMs);
  }

  function drawHead({ timed }: ShownRun, now: number): void {
    const { run } = timed;
    const isOver = isEnded(run.status);
    const isWhole = run.steps.every(it => it.status === "succeeded");
    drawStateMark(mark.datum(timed.state), it => it);
    title.text(`Run ${run.id}: ${run.selection}`).attr("title", run.selection);
    const words = run.error?.message ?? (timed.started === null ? run.reason : null);
    // What stands below in full is not said twice.
    const short = [stateWord(timed.state), run.requestedBy].join(" · ");
    about
      .text(words === null || timed.started !== null ? runText(timed, now) : short)
      .attr("title", absoluteText(run.startedAt ?? run.createdAt));
    cancel.attr("hidden", isOver ? "" : null).property("disabled", run.status === "canceling");
    retry.attr("hidden", isOver && !isWhole ? null : "");
    again.attr("hidden", isOver ? null : "");
    why.text(words === null ? "" : firstLine(words)).attr("hidden", words === null ? "" : null);
  }
}
