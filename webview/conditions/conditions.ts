import { type Selection, select } from "d3-selection";
import { explanationInWords, firstRunInWords, marksLegend } from "../../src/model/conditionRows.ts";
import type {
  ConditionAnswer,
  ConditionSimulation,
  ConditionTickSummary,
} from "../../src/model/conditionState.ts";
import { connect, type Port } from "../../src/protocol/channel.ts";
import type { ConditionsHost, ConditionsView } from "../../src/protocol/conditions.ts";
import type { Browser } from "../shared/browser.ts";
import { addButton, addChoiceField } from "../shared/controls.ts";
import { drawEmptyNote, type EmptyNote } from "../shared/emptyNote.ts";
import { actionIcons } from "../shared/icons.ts";
import { drawHistory, type Moment, momentsOf } from "./history.ts";
import { guardMessages } from "./messages.ts";
import { drawSimulation } from "./simulation.ts";
import { drawTree } from "./tree.ts";

const spans = [
  { value: "1", label: "The last day" },
  { value: "7", label: "The last 7 days" },
  { value: "30", label: "The last 30 days" },
];

/** Builds the picture of one condition into `root`: why, its history, and what it would have done. */
export function startConditions(root: HTMLElement, port: Port, browser: Browser): void {
  let answer: ConditionAnswer | null = null;
  let moments: readonly Moment[] = [];
  /** The id of a tick; null: now. */
  let chosen: string | null = null;
  let simulated: { days: number; simulation: ConditionSimulation | null; fault: string | null } | null = null;
  let note: EmptyNote | null = { cause: "Asking the engine …", action: null };

  const host = connect<ConditionsView, ConditionsHost>(
    port,
    guardMessages({ show, showSimulation, showEmpty }),
  );
  const ask = (asked: Promise<void>) => void asked.catch(() => {});
  const bar = select(root).append("div").attr("class", "toolbar");
  const title = bar.append("h1").attr("class", "asset");
  const rule = bar.append("span").attr("class", "rule");
  const span = addChoiceField(bar, "What if", spans, () => simulate());
  span.set("7");
  addButton(bar, {
    label: "Open source",
    icon: actionIcons.source,
    look: "icon",
    act: () => ask(host.openSource()),
  });
  const stage = select(root).append("div").attr("class", "stage columns");
  const side = stage.append("nav").attr("class", "history").attr("aria-label", "History");
  const main = stage.append("main").attr("class", "why");
  const headline = main.append("p").attr("class", "reason").attr("role", "status");
  const facts = main.append("p").attr("class", "facts");
  const tree = main.append("div").attr("class", "tree");
  const legend = main.append("p").attr("class", "legend").text(marksLegend);
  const whatIf = main.append("section").attr("class", "what-if").attr("aria-label", "What if");
  redraw();
  ask(host.ready());

  function show(next: ConditionAnswer, history: ConditionTickSummary[]): void {
    if (next.asset !== answer?.asset) {
      chosen = null;
      simulated = null;
    }
    const isFirst = answer === null || simulated === null;
    answer = next;
    moments = momentsOf(next, history);
    if (!moments.some(it => it.id === chosen)) chosen = null;
    note = null;
    redraw();
    if (isFirst && next.automation !== null) simulate();
  }

  function showSimulation(days: number, simulation: ConditionSimulation | null, fault: string | null): void {
    if (Number(span.value()) !== days) return;
    simulated = { days, simulation, fault };
    redraw();
  }

  function showEmpty(cause: string, action: string | null): void {
    answer = null;
    note = { cause, action: action === null ? null : { label: action, act: () => ask(host.takeAction()) } };
    redraw();
  }

  function simulate(): void {
    if (answer !== null) ask(host.simulate(Number(span.value())));
  }

  function redraw(): void {
    const stageNode = stage.node();
    if (stageNode) drawEmptyNote(stageNode, note);
    for (const part of [side, main]) part.attr("hidden", note === null ? null : "");
    title.text(answer?.asset ?? "");
    rule.text(answer?.automation ?? "");
    if (answer === null) return;
    const moment = moments.find(it => it.id === chosen) ?? moments[0];
    const now = browser.now();
    drawHistory(side, moments, moment?.id ?? null, now, id => {
      chosen = id;
      redraw();
    });
    const explanation = moment?.explanation ?? null;
    headline.text(explanation ? explanationInWords(explanation) : (moment?.reason ?? ""));
    drawFacts(facts, answer, moment, runId => ask(host.openRun(runId)));
    drawTree(tree, explanation);
    legend.attr("hidden", explanation === null ? "" : null);
    drawSimulation(whatIf, simulated, Math.max(200, browser.sizeOf(root).width - 280));
  }
}

/** What stands beside the reason: runs that can be opened, what went wrong, who looks at it. */
function drawFacts(
  facts: Selection<HTMLParagraphElement, unknown, null, undefined>,
  answer: ConditionAnswer,
  moment: Moment | undefined,
  openRun: (runId: string) => void,
): void {
  const { isOff, isWatched, automation } = answer;
  const isAsleep = !isWatched && !isOff && automation !== null;
  const words = [
    moment?.error,
    isOff ? "It is switched off by hand." : null,
    isAsleep ? "No daemon has looked at it yet." : null,
    moment?.id === null ? firstRunInWords(answer) : null,
  ].filter(it => it != null);
  facts
    .selectAll<HTMLSpanElement, string>("span.fact")
    .data(words)
    .join("span")
    .attr("class", "fact")
    .text(it => it);
  facts
    .selectAll<HTMLButtonElement, string>("button")
    .data(moment?.runIds ?? [])
    .join("button")
    .attr("type", "button")
    .attr("class", "action")
    .text(it => `Run ${it}`)
    .on("click", (_, it) => openRun(it));
}
