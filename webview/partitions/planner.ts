import { select } from "d3-selection";
import type { BackfillPlan } from "../../src/model/backfillState.ts";
import { formatAgo, formatCount, formatDuration, formatRows } from "../../src/model/format.ts";
import type { BackfillRequest, PartitionDetails } from "../../src/protocol/partitions.ts";
import { addButton, addCheckbox, addNumberField, addTextField } from "../shared/controls.ts";
import { actionIcons } from "../shared/icons.ts";
import { type Chosen, needsOf } from "./place.ts";
import { drawTargets } from "./plannerTable.ts";
import { planText, rangeText, statesText, subjectText } from "./words.ts";

/** What the planner asks for. */
export interface PlannerActions {
  plan(request: BackfillRequest): Promise<BackfillPlan>;
  launch(request: BackfillRequest): Promise<void>;
  details(asset: string, partition: string): Promise<PartitionDetails>;
  openRun(runId: string): void;
  /** The range was typed or a preset was clicked: the picture marks it. */
  select(partitions: string): void;
  closed(): void;
  now(): number;
  /** Calls back when nothing was typed for a while. */
  later(listener: () => void): () => void;
}

export interface Planner {
  isOpen(): boolean;
  /** Opens for a selection, or follows it. */
  open(chosen: Chosen): void;
  follow(chosen: Chosen): void;
  /** What was typed means this: only the words about it change. */
  mark(chosen: Chosen): void;
  /** The same request once more, for the state has changed. */
  refresh(): void;
  close(): void;
  focus(): void;
}

const conditions = ["missing", "failed", "stale"] as const;

/** Adds the planner to a container, closed: range, presets, what it would do, launch. */
export function createPlanner(container: HTMLElement, actions: PlannerActions): Planner {
  const panel = select(container)
    .append("section")
    .attr("class", "planner")
    .attr("aria-label", "Backfill")
    .attr("hidden", "");
  const head = panel.append("header");
  const title = head.append("h2");
  addButton(head, { label: "Close", icon: actionIcons.clear, key: "Escape", look: "icon", act: close });
  const about = panel.append("div").attr("class", "about");
  const range = addTextField(panel, "Partitions", () => {
    replan();
    actions.select(range.value().trim());
  });
  const presets = panel
    .append("div")
    .attr("class", "presets")
    .attr("role", "group")
    .attr("aria-label", "Range");
  const preset = (label: string, rangeOf: (chosen: Chosen) => string) =>
    addButton(presets, {
      label,
      act: () => {
        if (!chosen) return;
        range.set(rangeOf(chosen));
        replan();
        actions.select(range.value());
      },
    });
  preset("Last", it => lastOf(it, 1));
  preset("Last 7", it => lastOf(it, 7));
  preset("Last 30", it => lastOf(it, 30));
  preset("All", it => lastOf(it, Number.POSITIVE_INFINITY));
  const only = panel.append("fieldset");
  only.append("legend").text("Only what is");
  const boxes = conditions.map(name => ({ name, box: addCheckbox(only, name, replan) }));
  const parallel = addNumberField(panel, "Runs at once", "default", replan);
  const preview = panel.append("div").attr("class", "preview").attr("aria-live", "polite");
  const table = preview.append("table");
  const sum = preview.append("p").attr("class", "sum");
  const notes = preview.append("ul").attr("class", "notes");
  const fault = preview.append("p").attr("class", "fault").attr("role", "alert");
  const foot = panel.append("footer");
  const launching = addButton(foot, {
    label: "Launch",
    icon: actionIcons.materialize,
    look: "primary",
    act: launch,
  });
  addButton(foot, { label: "Cancel", act: close });
  panel.on("keydown", (event: KeyboardEvent) => {
    if (event.key === "Escape") close();
    else if (event.key === "Enter" && (event.target as Element).localName === "input") launch();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  let chosen: Chosen | null = null;
  let asked = 0;
  let cancelDelay = () => {};
  let isLaunchable = false;

  return {
    isOpen: () => chosen !== null,
    open(next) {
      panel.attr("hidden", null);
      follow(next, true);
    },
    follow: next => follow(next, false),
    mark(next) {
      if (chosen === null) return;
      chosen = next;
      describe(next);
    },
    refresh: () => chosen && replan(),
    close,
    focus: range.focus,
  };

  function follow(next: Chosen, isOpening: boolean): void {
    const isOther = chosen === null || chosen.selection !== next.selection || isOpening;
    chosen = next;
    title.text(`Backfill ${subjectText(next)}`);
    const needs = needsOf(next);
    if (isOther || range.value().trim() !== next.partitions) {
      range.set(next.partitions);
      const wants = conditions.some(it => needs[it] > 0);
      // When all of it is well, it is meant to be made anew.
      for (const { box } of boxes) box.check(wants);
    }
    describe(next);
    replan();
  }

  /** The one partition that is selected with its last run, or the range in words. */
  function describe(next: Chosen): void {
    const needs = needsOf(next);
    for (const { name, box } of boxes) box.note(needs[name] > 0 ? formatCount(needs[name]) : "");
    about.html("");
    about.append("p").text(rangeText(next));
    about.append("p").attr("class", "quiet").text(statesText(next));
    const asset = next.tracks[0]?.track.of.asset;
    if (next.size !== 1 || asset === undefined) return;
    actions.details(asset, next.first).then(
      details => chosen === next && showDetails(details),
      () => {},
    );
  }

  function showDetails({ materializedAt, rows, durationMs, runId, error, reason }: PartitionDetails): void {
    const facts = [
      materializedAt && formatAgo(materializedAt, actions.now()),
      rows === null ? null : formatRows(rows),
      durationMs === null ? null : formatDuration(durationMs),
    ].filter(it => it !== null);
    if (facts.length > 0) about.append("p").attr("class", "quiet").text(facts.join(" · "));
    if (reason !== null) about.append("p").text(reason);
    if (error !== null) about.append("p").attr("class", "fault").text(error.message);
    if (runId !== null) addButton(about, { label: "Open run", act: () => actions.openRun(runId) });
  }

  function request(): BackfillRequest | null {
    if (!chosen) return null;
    return {
      selection: chosen.selection,
      partitions: range.value().trim() || null,
      only: boxes.filter(it => it.box.isChecked()).map(it => it.name),
      maxParallel: parallel.value(),
      requestedBy: "partitions",
    };
  }

  /** The newest question is the one whose answer counts. */
  function replan(): void {
    asked++;
    const own = asked;
    cancelDelay();
    allow(false);
    cancelDelay = actions.later(() => {
      const wanted = request();
      if (!wanted) return;
      actions.plan(wanted).then(
        plan => own === asked && showPlan(plan),
        (error: Error) => own === asked && showFault(error.message),
      );
    });
  }

  function showPlan(plan: BackfillPlan): void {
    range.complain(null);
    fault.text("");
    drawTargets(table, plan.targets);
    sum.text(planText(plan));
    notes
      .selectAll("li")
      .data(plan.notes)
      .join("li")
      .text(it => it);
    allow(plan.runs > 0);
  }

  function showFault(message: string): void {
    fault.text(message);
    sum.text("");
    notes.selectAll("li").remove();
    drawTargets(table, []);
  }

  function launch(): void {
    const wanted = request();
    if (!wanted || !isLaunchable) return;
    allow(false);
    actions.launch(wanted).then(close, (error: Error) => {
      showFault(error.message);
      allow(true);
    });
  }

  function allow(isAllowed: boolean): void {
    isLaunchable = isAllowed;
    launching.property("disabled", !isAllowed);
  }

  function close(): void {
    if (chosen === null) return;
    chosen = null;
    asked++;
    cancelDelay();
    panel.attr("hidden", "");
    actions.closed();
  }
}

/** The last so many columns of the first line that is selected, in the lines that are selected. */
function lastOf({ tracks }: Chosen, count: number): string {
  const [first, last] = [tracks[0], tracks.at(-1)];
  if (!first || !last) return "";
  const { track } = first;
  const end = track.across.count - 1;
  const begin = Math.max(0, end - count + 1);
  const { grid } = track.of;
  const from = grid.keyAt(track.down ?? 0, begin);
  const to = grid.keyAt(last.track.down ?? last.track.depth - 1, end);
  return from === to ? from : `${from}...${to}`;
}
