import type { Selection } from "d3-selection";
import type { AssetStateName } from "../../src/model/assetState.ts";

/** The side of the field that a mark is drawn in. */
export const markSize = 14;

interface Mark {
  /** Filled in the state's colour. */
  readonly solid: string;
  /** Drawn as a line in the state's colour. */
  readonly line: string;
}

const filledSquare = "M3 1h8a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H3a2 2 0 0 1-2-2V3a2 2 0 0 1 2-2z";
const notchedSquare = "M3 1h4.5L13 6.5V11a2 2 0 0 1-2 2H3a2 2 0 0 1-2-2V3a2 2 0 0 1 2-2z";
const square =
  "M3 1.75h8a1.25 1.25 0 0 1 1.25 1.25v8a1.25 1.25 0 0 1-1.25 1.25H3a1.25 1.25 0 0 1-1.25-1.25V3a1.25 1.25 0 0 1 1.25-1.25z";

/** The ten shapes: a state is told by its shape, and once more by its colour. */
const marks: Readonly<Record<AssetStateName, Mark>> = {
  materialized: { solid: filledSquare, line: "" },
  stale: { solid: notchedSquare, line: "" },
  missing: { solid: "", line: square },
  queued: { solid: "M7 4.75a2.25 2.25 0 1 1 0 4.5a2.25 2.25 0 0 1 0-4.5z", line: square },
  running: { solid: "M3.5 4.5h7v5h-7z", line: square },
  failed: { solid: "", line: `${square}M4.5 4.5l5 5M9.5 4.5l-5 5` },
  skipped: { solid: "", line: square },
  canceled: { solid: "", line: `${square}M3 11L11 3` },
  unknown: {
    solid: "M6.2 9.3h1.6v1.6H6.2z",
    line: `${square}M5.25 5.5a1.75 1.75 0 1 1 2.6 1.5c-.6.35-.85.6-.85 1.3`,
  },
  partly: { solid: "M3.5 3.5h2v7h-2zM6.25 3.5h2v7h-2z", line: square },
};

/** The class that gives an element the colour of a state, as `--state`. */
export function stateClass(state: AssetStateName): string {
  return `state-${state}`;
}

/** Draws the mark of a state into each element of a selection; null clears it. */
export function drawStateMark<Datum>(
  groups: Selection<SVGGElement, Datum, SVGElement | HTMLElement | null, unknown>,
  stateOf: (datum: Datum) => AssetStateName | null,
): void {
  groups.attr("class", datum => {
    const state = stateOf(datum);
    return state === null ? "state-mark" : `state-mark ${stateClass(state)}`;
  });
  for (const part of ["line", "solid"] as const) {
    groups
      .selectAll<SVGPathElement, string>(`path.${part}`)
      .data(datum => {
        const state = stateOf(datum);
        const path = state === null ? "" : marks[state][part];
        return path === "" ? [] : [path];
      })
      .join("path")
      .attr("class", part)
      .attr("d", path => path);
  }
}
