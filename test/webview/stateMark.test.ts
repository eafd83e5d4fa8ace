import { readFileSync } from "node:fs";
import { select } from "d3-selection";
import { JSDOM } from "jsdom";
import { describe, expect, test } from "vitest";
import type { AssetStateName } from "../../src/model/assetState.ts";
import { stateMarks } from "../../src/model/stateWords.ts";
import { drawStateMark } from "../../webview/shared/stateMark.ts";

const states = Object.keys(stateMarks) as AssetStateName[];

describe("the mark of a state", () => {
  test("has a shape of its own, so that nobody needs the colour", () => {
    // A skipped square differs by its dashes, which the style sheet draws.
    const shapes = states.map(state =>
      markOf(state).replace(/ class="[^"]*"/g, state === "skipped" ? " dashed" : ""),
    );
    expect(new Set(shapes).size).toBe(states.length);
    expect(readFileSync("webview/shared/theme.css", "utf8")).toMatch(
      /state-skipped \.line \{\s*stroke-dasharray/,
    );
  });

  test("has the colour that trees and CodeLenses show for it", () => {
    const theme = readFileSync("webview/shared/theme.css", "utf8");
    for (const state of states) {
      const variable = `--vscode-${stateMarks[state].themeColor.replace(".", "-")}`;
      expect(theme.replace(/\s+/g, " ")).toContain(`.state-${state} { --state: var(${variable},`);
    }
  });

  test("is cleared when nothing is known", () => {
    const group = newGroup();
    const state: { now: AssetStateName | null } = { now: "failed" };
    const mark = () => select<SVGGElement, null>(group).call(drawStateMark<null>, () => state.now);
    mark();
    expect(group.children.length).toBe(1);
    state.now = null;
    mark();
    expect(group.outerHTML).toBe('<g class="state-mark"></g>');
  });
});

function markOf(state: AssetStateName): string {
  const group = newGroup();
  select<SVGGElement, null>(group).call(drawStateMark<null>, () => state);
  return group.innerHTML;
}

function newGroup(): SVGGElement {
  return new JSDOM("<svg><g></g></svg>").window.document.querySelector("g") as SVGGElement;
}
