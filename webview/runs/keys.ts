import { moveOf, type Move as PlotMove, zoomOf } from "../shared/plotKeys.ts";

/** What a key asks for while the timeline has the focus. */
export type KeyAction =
  | { readonly do: "move"; readonly by: Move }
  | { readonly do: "zoom"; readonly factor: number }
  | { readonly do: "enter" | "leave" | "whole" | "latest" | "filter" | "toggle" | "retry" };

/** To a neighbour in the lane, to the next one that failed, to the lane's end; or to another lane. */
export type Move = PlotMove<"failed">;

/** The action of a key, or null for a key that is not ours. */
export function keyAction(event: KeyboardEvent): KeyAction | null {
  if (event.altKey) return null;
  const isFar = event.ctrlKey || event.metaKey;
  const by = moveOf(event.key, isFar, "failed");
  if (by) return { do: "move", by };
  if (isFar) return null;
  const factor = zoomOf(event.key);
  if (factor !== null) return { do: "zoom", factor };
  switch (event.key) {
    case "Enter":
      return { do: "enter" };
    case " ":
      return { do: "toggle" };
    case "Escape":
      return { do: "leave" };
    case "0":
      return { do: "whole" };
    case "n":
      return { do: "latest" };
    case "r":
      return { do: "retry" };
    case "/":
      return { do: "filter" };
    default:
      return null;
  }
}
