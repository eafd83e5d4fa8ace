import type { Selection } from "d3-selection";
import type { ConditionExplanation } from "../../src/model/conditionExplanation.ts";
import type { ConditionAnswer, ConditionTickSummary } from "../../src/model/conditionState.ts";
import { formatAgo } from "../../src/model/format.ts";

/** A look at the condition that can be chosen: now, or one that was recorded. */
export interface Moment {
  /** Null: now. */
  readonly id: string | null;
  readonly at: string | null;
  readonly status: ConditionTickSummary["status"] | "now";
  readonly reason: string;
  readonly difference: string | null;
  readonly error: string | null;
  readonly runIds: readonly string[];
  readonly explanation: ConditionExplanation | null;
}

/** What there is to choose from, newest first. */
export function momentsOf(
  { now, isOff }: ConditionAnswer,
  history: readonly ConditionTickSummary[],
): Moment[] {
  const reason = now?.reason ?? (isOff ? "switched off" : "it has no condition");
  const present = {
    id: null,
    at: null,
    status: "now",
    error: null,
    runIds: [],
    difference: null,
    reason,
    explanation: now,
  } as const;
  return [present, ...history];
}

/** Draws the moments as a list of which one is chosen, by a click or the arrow keys. */
export function drawHistory(
  side: Selection<HTMLElement, unknown, null, undefined>,
  moments: readonly Moment[],
  chosen: string | null,
  now: number,
  choose: (id: string | null) => void,
): void {
  const list = side
    .selectAll<HTMLUListElement, null>("ul")
    .data([null])
    .join("ul")
    .attr("role", "listbox")
    .attr("aria-label", "Looks at the condition, newest first")
    .on("keydown", (event: KeyboardEvent) => {
      const step = steps[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const at = moments.findIndex(it => it.id === chosen);
      const next = moments[Math.min(moments.length - 1, Math.max(0, at + step))];
      if (!next) return;
      choose(next.id);
      list.selectAll<HTMLLIElement, Moment>("li[aria-selected=true]").node()?.focus();
    });
  const rows = list
    .selectAll<HTMLLIElement, Moment>("li")
    .data(moments, it => it.id ?? "now")
    .join(enter => {
      const row = enter.append("li").attr("role", "option");
      row.append("span").attr("class", "mark").attr("aria-hidden", "true");
      row.append("span").attr("class", "when");
      row.append("span").attr("class", "what");
      return row;
    })
    .order()
    .attr("class", it => it.status)
    .attr("aria-selected", it => String(it.id === chosen))
    .attr("tabindex", it => (it.id === chosen ? 0 : -1))
    .attr("title", it => (it.at === null ? null : new Date(it.at).toLocaleString()))
    .on("click", (_, it) => choose(it.id));
  rows.select(".mark").text(it => marks[it.status]);
  rows.select(".when").text(it => (it.at === null ? "now" : formatAgo(it.at, now)));
  rows.select(".what").text(it => {
    const difference = it.difference === null ? "" : ` · ${it.difference}`;
    return `${it.status === "requested" ? "requested: " : ""}${it.reason}${difference}`;
  });
}

const steps: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  ArrowUp: -1,
  Home: Number.NEGATIVE_INFINITY,
  End: Number.POSITIVE_INFINITY,
};

const marks = { now: "●", requested: "▸", skipped: "–", failed: "✗" };
