import { describe, expect, test } from "vitest";
import { indexGraph } from "../../src/model/assetGraph.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";
import { layout } from "../../webview/lineage/layout.ts";
import { createWalk, type Direction } from "../../webview/lineage/walk.ts";
import { graphOf } from "../support/graphs.ts";

describe("walking with the arrow keys", () => {
  test("goes left to what an asset is made from and right to what is made from it", () => {
    check("a → b → c", "a", "→ b → c ← b ← a");
  });

  test("comes back by the way it went", () => {
    const fan = "root → child_1\nroot → child_2\nroot → child_3\nroot → child_4";
    const walk = walkOn(fan, "child_1");
    const lowest = [walk("↓"), walk("↓"), walk("↓")].at(-1);
    expect(walk("←")).toBe("root");
    expect(walk("→")).toBe(lowest);
  });

  test("goes up and down among the cards of a column", () => {
    const walk = walkOn("root → child_1\nroot → child_2\nroot → child_3", "child_1");
    const visited = new Set(["child_1", walk("↓"), walk("↓"), walk("↑"), walk("↑"), walk("↑")]);
    visited.delete("nowhere");
    expect(visited).toEqual(new Set(["child_1", "child_2", "child_3"]));
  });

  test("goes on to the next block below", () => {
    check("a → b → c\nx → y", "a", "↓ x ↑ a");
  });

  test("stays where there is no edge to follow", () => {
    check("a → b", "a", "← nowhere");
    check("a → b", "b", "→ nowhere");
    check("a → b\na → a", "a", "← nowhere");
  });

  test("says which of how many it chose", () => {
    const graph = graphOf("root → child_1\nroot → child_2\nroot → child_3");
    const step = createWalk(layout(graph), indexGraph(graph)).step("root" as AssetKey, "downstream");
    expect(step).toMatchObject({ place: 2, of: 3 });
  });

  test("from an asset that is not drawn leads nowhere", () => {
    check("a → b", "gone", "→ nowhere");
  });
});

/** "→ b ← a": a key, and where it leads. */
function check(drawing: string, start: string, way: string) {
  const walk = walkOn(drawing, start);
  const steps = way.split(" ").filter(it => it in directions);
  expect(steps.map(step => `${step} ${walk(step)}`).join(" ")).toBe(way);
}

function walkOn(drawing: string, start: string): (arrow: string) => string {
  const graph = graphOf(drawing);
  const { step } = createWalk(layout(graph), indexGraph(graph));
  let here = start as AssetKey;
  return arrow => {
    const to = step(here, directions[arrow] as Direction)?.to;
    here = to ?? here;
    return to ?? "nowhere";
  };
}

const directions: Record<string, Direction> = {
  "←": "upstream",
  "→": "downstream",
  "↑": "above",
  "↓": "below",
};
