import type { CheckDetails, ColumnDetails } from "../../src/model/assetDetails.ts";
import { parseMarkdown, plainText } from "../shared/markdown.ts";
import type { Scene, Wishes } from "./scene.ts";
import { addSection, cut, drawMore, drawNote, type Parent, selectOne } from "./section.ts";
import { chipTitle, noColumnsText, resultMark } from "./words.ts";

/** The columns with their types, what is said of them, and what tests them. */
export function createColumns(
  parent: Parent,
  wishes: Wishes,
  toCheck: (id: string) => void,
): (scene: Scene) => void {
  const section = addSection(parent, "columns");
  const table = section.body.append("table");
  const head = table.append("thead").append("tr");
  for (const name of ["Name", "Type", "Description", "Checks"])
    head.append("th").attr("scope", "col").text(name);
  const body = table.append("tbody");
  return scene => {
    const { details, surroundings, unfolded } = scene;
    const { columns } = details;
    section.offer(details.hasRows);
    section.title("Columns", columns.length || null);
    table.attr("hidden", columns.length === 0 ? "" : null);
    drawNote(
      section.body,
      columns.length > 0 ? null : noColumnsText(details, surroundings.isAsking, surroundings.canRun),
    );
    const isUnfolded = unfolded.has("columns");
    const { shown, more } = cut(columns, mostColumns, isUnfolded);
    drawRows(shown, scene);
    drawMore(section.body, more, isUnfolded && columns.length > mostColumns + 2, () =>
      wishes.unfold("columns"),
    );
  };

  function drawRows(columns: readonly ColumnDetails[], { details, running, now }: Scene) {
    const checks = new Map(details.checks.map(it => [it.id, it]));
    const rows = body
      .selectAll<HTMLTableRowElement, ColumnDetails>("tr")
      .data(columns, it => it.name)
      .join(enter => {
        const row = enter.append("tr");
        row.append("th").attr("scope", "row");
        for (const part of ["type", "said", "chips"]) row.append("td").attr("class", part);
        return row;
      })
      .order();
    rows
      .select("th")
      .attr("title", it => it.name)
      .text(it => it.name);
    rows
      .select("td.type")
      .attr("title", it => it.type)
      .text(it => it.type ?? "");
    rows
      .select("td.said")
      .text(it => (it.description === null ? "" : firstLine(it.description)))
      .attr("title", it => it.description);
    rows.select<HTMLElement>("td.chips").each(function (column) {
      const found = column.checks.flatMap(id => checks.get(id) ?? []);
      selectOne(this)
        .selectAll<HTMLButtonElement, CheckDetails>("button")
        .data(found, it => it.id)
        .join(enter => {
          const chip = enter.append("button").attr("type", "button");
          chip.append("span").attr("class", "result").attr("aria-hidden", "true");
          chip.append("span").attr("class", "label");
          return chip;
        })
        .order()
        .attr("class", it => `chip ${resultMark(it, running.has(it.id)).className}`)
        .attr("title", it => chipTitle(it, running.has(it.id), now))
        .attr("aria-label", it => chipTitle(it, running.has(it.id), now))
        .on("click", (_, it) => toCheck(it.id))
        .call(chips => {
          chips.select(".result").text(it => resultMark(it, running.has(it.id)).mark);
          chips.select(".label").text(it => shortLabel(it));
        });
    });
  }
}

const mostColumns = 40;

/** In the row of its column a check need not name the column. */
function shortLabel({ label }: CheckDetails): string {
  return /^(\w+)\([^,()]*\)$/.exec(label)?.[1] ?? label;
}

function firstLine(text: string): string {
  const [first] = parseMarkdown(text);
  return first && "parts" in first ? plainText(first.parts) : text;
}
