import { type Selection, select } from "d3-selection";
import type { BackfillSummary } from "../../src/model/backfillState.ts";
import type { BackfillAction } from "../../src/protocol/partitions.ts";
import { addButton, parentOf } from "../shared/controls.ts";
import { actionIcons } from "../shared/icons.ts";
import { type BackfillCounts, countsOfBackfill, progressText } from "./words.ts";

/** The backfills that go on, or that ended and want a decision. */
export interface BackfillList {
  show(backfills: readonly BackfillSummary[], now: number): void;
}

const rateWindowMs = 10_000;
const rememberedMs = 24 * 3_600_000;
const mostEnded = 2;

/** Adds the list to a container, empty. */
export function createBackfillList(
  container: HTMLElement,
  act: (backfillId: string, action: BackfillAction) => void,
): BackfillList {
  const list = select(container)
    .append("div")
    .attr("class", "backfills")
    .attr("role", "list")
    .attr("aria-label", "Backfills");
  const paces = new Map<string, { at: number; done: number }[]>();

  return {
    show(backfills, now) {
      const shown = wanted(backfills, now);
      list.attr("hidden", shown.length === 0 ? "" : null);
      const rows = list
        .selectAll<HTMLDivElement, BackfillSummary>("div.backfill")
        .data(shown, it => it.id)
        .join(enter => {
          const row = enter.append("div").attr("class", "backfill").attr("role", "listitem");
          row.append("span").attr("class", "what");
          row.append("div").attr("class", "bar").attr("role", "progressbar").attr("aria-valuemin", 0);
          row.append("span").attr("class", "words");
          row.append("span").attr("class", "acts");
          return row;
        })
        .order();
      rows.attr("data-status", it => it.status);
      rows.select(".what").text(it => `${it.selection}  ${it.partitions}`);
      rows.select(".words").text(it => progressText(it, paceOf(it, now), now));
      rows.each(function (backfill) {
        drawBar(select(this).select<HTMLDivElement>(".bar"), backfill);
        drawActions(this.querySelector(".acts") as HTMLElement, backfill, act);
      });
    },
  };

  /** Partitions per second, over the last seconds. */
  function paceOf(backfill: BackfillSummary, now: number): number | null {
    if (backfill.status !== "running") {
      paces.delete(backfill.id);
      return null;
    }
    const { materialized, failed, skipped } = countsOfBackfill(backfill);
    const done = materialized + failed + skipped;
    const known = (paces.get(backfill.id) ?? []).filter(it => now - it.at < rateWindowMs);
    if (known.at(-1)?.done !== done) known.push({ at: now, done });
    paces.set(backfill.id, known);
    const [first] = known;
    if (!first || now - first.at < 500) return null;
    return ((done - first.done) / (now - first.at)) * 1000;
  }
}

function wanted(backfills: readonly BackfillSummary[], now: number): BackfillSummary[] {
  const active = backfills.filter(it => it.endedAt === null);
  const ended = backfills.filter(
    it => it.endedAt !== null && it.status !== "succeeded" && now - Date.parse(it.endedAt) < rememberedMs,
  );
  return [...active, ...ended.slice(0, mostEnded)];
}

/** Done, failed, given up and under way, side by side. */
function drawBar(bar: Selection<HTMLDivElement, unknown, null, undefined>, backfill: BackfillSummary): void {
  const counts = countsOfBackfill(backfill);
  const total = Math.max(1, counts.targeted);
  const parts: [keyof BackfillCounts, number][] = (
    ["materialized", "failed", "skipped", "running"] as const
  ).map(name => [name, counts[name] / total]);
  bar
    .attr("aria-valuemax", counts.targeted)
    .attr("aria-valuenow", counts.materialized + counts.failed + counts.skipped)
    .attr("aria-label", `${backfill.selection}, ${counts.materialized} of ${counts.targeted}`)
    .selectAll<HTMLDivElement, [string, number]>("div")
    .data(parts)
    .join("div")
    .attr("class", ([name]) => `state-${name}`)
    .style("width", ([, part]) => `${part * 100}%`);
}

const actionsOf: Readonly<Record<BackfillSummary["status"], readonly BackfillAction[]>> = {
  running: ["pause", "cancel"],
  paused: ["resume", "cancel"],
  canceling: [],
  canceled: ["retry"],
  failed: ["retry"],
  succeeded: [],
};

const actionWords: Readonly<Record<BackfillAction, string>> = {
  pause: "Pause",
  resume: "Resume",
  cancel: "Cancel",
  retry: "Retry failed and missing",
};

/** Made anew only when others are on offer, so that the focus stays on a button. */
function drawActions(
  container: HTMLElement,
  { id, status }: BackfillSummary,
  act: (backfillId: string, action: BackfillAction) => void,
): void {
  if (container.dataset.status === status) return;
  container.dataset.status = status;
  container.replaceChildren();
  for (const action of actionsOf[status]) {
    addButton(parentOf(container), {
      label: actionWords[action],
      icon: actionIcons[action],
      look: "icon",
      act: () => act(id, action),
    });
  }
}
