import { select } from "d3-selection";
import { formatDuration, formatRows } from "../../src/model/format.ts";
import type { StepDetails } from "../../src/model/run.ts";
import { stateMarks } from "../../src/model/stateWords.ts";
import { addButton } from "../shared/controls.ts";
import { actionIcons } from "../shared/icons.ts";
import { drawStateMark, markSize } from "../shared/stateMark.ts";
import type { GanttStep } from "./layout/gantt.ts";
import { checkText, stepName } from "./words.ts";

/** The step that is chosen in words: how it went, its checks, its error, and what can be done about it. */
export interface StepFacts {
  show(step: GanttStep | null, critical: string | null, now: number): void;
}

export interface StepActions {
  materialize(stepId: string): void;
  openSource(stepId: string): void;
  openError(stepId: string): void;
}

/** Fills a container. */
export function createStepFacts(container: HTMLElement, actions: StepActions): StepFacts {
  const box = select(container).attr("class", "facts");
  const hint = box.append("p").attr("class", "quiet");
  const step = box.append("div").attr("class", "fact-step");
  const head = step.append("div").attr("class", "fact-head");
  const name = head.append("strong");
  const words = head.append("span").attr("class", "quiet");
  const acts = head.append("span").attr("class", "acts");
  let shown: GanttStep | null = null;
  const withStep = (act: (stepId: string) => void) => () => shown && act(shown.step.id);
  addButton(acts, {
    label: "Materialize this asset",
    icon: actionIcons.materialize,
    key: "M",
    look: "icon",
    act: withStep(actions.materialize),
  });
  addButton(acts, {
    label: "Open its source",
    icon: actionIcons.source,
    key: "Enter",
    look: "icon",
    act: withStep(actions.openSource),
  });
  const error = step.append("div").attr("class", "fact-error");
  error.append("p");
  const link = error
    .append("button")
    .attr("type", "button")
    .attr("class", "link")
    .on("click", withStep(actions.openError));
  const checks = step.append("ul").attr("class", "fact-checks").attr("aria-label", "Checks");

  return {
    show(next, critical, now) {
      shown = next;
      const text = critical ?? "";
      hint.text(next === null && text === "" ? "Choose a step to see more of it." : text);
      step.attr("hidden", next === null ? "" : null);
      if (next === null) return;
      name.text(stepName(next)).attr("title", next.step.assets.join(", "));
      words.text(factsText(next, now));
      const fault = next.step.error;
      error.attr("hidden", fault === null ? "" : null);
      error.select("p").text(fault?.message ?? "");
      const place = fault?.file ? `${fault.file}:${fault.line ?? 1}` : null;
      link
        .text(place ?? "")
        .attr("hidden", place === null ? "" : null)
        .attr("title", "Open where it failed");
      drawChecks(next.details?.checks ?? []);
    },
  };

  function drawChecks(list: StepDetails["checks"]): void {
    checks.attr("hidden", list.length === 0 ? "" : null);
    const items = checks
      .selectAll<HTMLLIElement, StepDetails["checks"][number]>("li")
      .data(list, it => it.name)
      .join(enter => {
        const item = enter.append("li");
        item
          .append("svg")
          .attr("viewBox", `0 0 ${markSize} ${markSize}`)
          .attr("aria-hidden", "true")
          .append("g");
        item.append("span");
        return item;
      });
    items
      .select<SVGGElement>("g")
      .call(drawStateMark, (it: StepDetails["checks"][number]) => (it.passed ? "materialized" : "failed"));
    items.select("span").text(it => `${it.passed ? "" : "failed: "}${checkText(it)}`);
  }
}

function factsText({ step, state, ready, started, ended, details }: GanttStep, now: number): string {
  const waited = ready === null ? 0 : (started ?? (step.status === "queued" ? now : ready)) - ready;
  return [
    stateMarks[state].words,
    ...(started !== null && ended !== null ? [formatDuration(ended - started)] : []),
    ...(step.rows === null ? [] : [formatRows(step.rows)]),
    ...(waited >= 50 ? [`waited ${formatDuration(waited)}`] : []),
    ...(details && details.attempt > 1 ? [`attempt ${details.attempt}`] : []),
    ...(step.reason === null ? [] : [step.reason]),
  ].join(" · ");
}
