import type { Selection } from "d3-selection";
import { keyName } from "../../src/model/assetKey.ts";
import type { BackfillTargetPlan } from "../../src/model/backfillState.ts";
import { formatCount } from "../../src/model/format.ts";
import { plural } from "./words.ts";

/** One row for each asset: how what is targeted stands now. */
export function drawTargets(
  table: Selection<HTMLTableElement, unknown, null, undefined>,
  targets: readonly BackfillTargetPlan[],
): void {
  table.attr("hidden", targets.length === 0 ? "" : null);
  table
    .selectAll("thead")
    .data([null])
    .join("thead")
    .html("")
    .append("tr")
    .selectAll("th")
    .data(["Asset", "Missing", "Failed", "Stale", "Done"])
    .join("th")
    .attr("scope", "col")
    .text(it => it);
  const rows = table
    .selectAll("tbody")
    .data([null])
    .join("tbody")
    .selectAll<HTMLTableRowElement, BackfillTargetPlan>("tr")
    .data(targets.slice(0, mostTargets))
    .join("tr");
  rows
    .selectAll<HTMLTableCellElement, string>("th, td")
    .data(it => [keyName(it.asset), ...[it.missing, it.failed, it.stale, it.done].map(dashed)])
    .join(enter =>
      enter.append((_, at, nodes) =>
        (nodes[at] as Element).ownerDocument.createElement(at === 0 ? "th" : "td"),
      ),
    )
    .text(it => it);
  rows
    .select("th")
    .attr("scope", "row")
    .attr("title", it => it.asset);
  table
    .selectAll("caption")
    .data(targets.length > mostTargets ? [targets.length - mostTargets] : [])
    .join("caption")
    .text(it => `and ${plural(it, "more asset")}`);
}

const mostTargets = 12;

function dashed(count: number): string {
  return count === 0 ? "–" : formatCount(count);
}
