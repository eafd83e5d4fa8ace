import type { CheckDetails } from "../../src/model/assetDetails.ts";
import { addButton, parentOf } from "../shared/controls.ts";
import { actionIcons } from "../shared/icons.ts";
import type { Scene, Wishes } from "./scene.ts";
import { addSection, cut, drawMore, drawNote, type Parent } from "./section.ts";
import { resultMark, resultText } from "./words.ts";

export interface Checks {
  show(scene: Scene): void;
  /** Brings a check into view and the keyboard to it. */
  focus(id: string): void;
}

/** Checks and tests of dbt with their last result, each to be run and to be opened. */
export function createChecks(parent: Parent, wishes: Wishes): Checks {
  const section = addSection(parent, "checks");
  const runAll = addButton(section.tools, {
    ...{ label: "Run all", icon: actionIcons.materialize },
    act: () => wishes.act("runChecks"),
  });
  const list = section.body.append("ul");
  let wanted: string | null = null;
  return {
    show(scene) {
      const { details, surroundings, unfolded, running } = scene;
      const { checks } = details;
      section.offer(!(details.kind === "exposure"));
      section.title("Checks", checks.length || null);
      runAll
        .attr("hidden", checks.length === 0 ? "" : null)
        .property("disabled", !surroundings.canRun || running.size > 0);
      drawNote(section.body, checks.length === 0 ? "Nothing checks its data." : null);
      const isUnfolded = unfolded.has("checks");
      const { shown, more } = cut(checks, mostChecks, isUnfolded);
      drawRows(shown, scene);
      drawMore(section.body, more, isUnfolded && checks.length > mostChecks + 2, () =>
        wishes.unfold("checks"),
      );
      if (wanted !== null) reveal(wanted);
    },
    focus(id) {
      wanted = id;
      if (!reveal(id)) wishes.unfold("checks");
    },
  };

  function reveal(id: string): boolean {
    const row = list.selectAll<HTMLLIElement, CheckDetails>("li").filter(it => it.id === id);
    const name = row.select<HTMLButtonElement>("button.link").node();
    if (name === null) return false;
    wanted = null;
    name.scrollIntoView?.({ block: "nearest" });
    name.focus();
    return true;
  }

  function drawRows(checks: readonly CheckDetails[], { surroundings, running, now }: Scene) {
    const isRunning = (it: CheckDetails) => running.has(it.id);
    const rows = list
      .selectAll<HTMLLIElement, CheckDetails>("li")
      .data(checks, it => it.id)
      .join(enter => {
        const row = enter.append("li");
        row.append("span").attr("class", "result").attr("aria-hidden", "true");
        row.append("button").attr("type", "button").attr("class", "link");
        row.append("span").attr("class", "said");
        row.each(function (check) {
          addButton(parentOf(this as HTMLElement), {
            ...{ label: `Run ${check.name}`, icon: actionIcons.materialize, look: "icon" },
            act: () => wishes.runCheck(check.id),
          });
        });
        return row;
      })
      .order()
      .attr("class", it => resultMark(it, isRunning(it)).className);
    rows.select(".result").text(it => resultMark(it, isRunning(it)).mark);
    rows
      .select<HTMLButtonElement>("button.link")
      .text(it => it.name)
      .attr("title", it => `${it.name} (${it.kind}): open where it is written`)
      .on("click", (_, it) => wishes.openCheck(it.id));
    rows
      .select(".said")
      .text(it => resultText(it, isRunning(it), now))
      .attr("title", it => it.result?.message ?? null);
    rows
      .select<HTMLButtonElement>("button.icon-button")
      .property("disabled", it => !surroundings.canRun || isRunning(it));
  }
}

const mostChecks = 20;
