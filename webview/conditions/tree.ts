import type { Selection } from "d3-selection";
import type { ConditionExplanation } from "../../src/model/conditionExplanation.ts";
import { type ConditionRow, conditionRows, outcomeMarks } from "../../src/model/conditionRows.ts";

/** Draws a condition as a tree of its parts, each with what it came to; null: nothing is known of it. */
export function drawTree(
  container: Selection<HTMLDivElement, unknown, null, undefined>,
  explanation: ConditionExplanation | null,
): void {
  const rows = container
    .attr("role", "tree")
    .attr("aria-label", "The condition")
    .selectAll<HTMLDivElement, ConditionRow>("div")
    .data(explanation ? conditionRows(explanation) : [])
    .join(enter => {
      const row = enter.append("div").attr("role", "treeitem");
      for (const part of ["mark", "whose", "words", "counts"]) row.append("span").attr("class", part);
      return row;
    })
    .attr("class", it => `part ${it.outcome}`)
    .attr("aria-level", it => it.depth + 1)
    .attr("aria-label", it =>
      [`${whoseOf(it)}${it.words}`, outcomeMarks[it.outcome].words, it.counts].filter(Boolean).join(", "),
    )
    .style("--depth", it => it.depth);
  rows.select(".mark").text(it => outcomeMarks[it.outcome].mark);
  rows.select(".words").text(it => it.words);
  rows.select(".whose").text(whoseOf);
  rows.select(".counts").text(it => it.counts);
}

/** The asset that a part is asked about, before its words, where it is another one than above. */
function whoseOf({ asset }: ConditionRow): string {
  return asset === null ? "" : `${asset}: `;
}
