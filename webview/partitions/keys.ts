import { moveOf, type Move as PlotMove, zoomOf } from "../shared/plotKeys.ts";

/** What a key asks for while the matrix has the focus. */
export type KeyAction =
  | { do: "move"; by: Move; extends: boolean }
  | { do: "zoom"; factor: number }
  | { do: "plan" | "leave" | "whole" | "filter" | "open" };

/** By one partition, to where the state changes, by what is in view, to the end; or by one line. */
export type Move = PlotMove<"change" | "page">;

/** The action of a key, or null for a key that is not ours. */
export function keyAction(event: KeyboardEvent): KeyAction | null {
  if (event.altKey) return null;
  const isFar = event.ctrlKey || event.metaKey;
  const by = pageOf(event.key) ?? moveOf(event.key, isFar, "change");
  if (by) return { do: "move", by, extends: event.shiftKey };
  if (isFar) return null;
  const factor = zoomOf(event.key);
  if (factor !== null) return { do: "zoom", factor };
  switch (event.key) {
    case "Enter":
      return { do: "plan" };
    case "Escape":
      return { do: "leave" };
    case "0":
      return { do: "whole" };
    case "/":
      return { do: "filter" };
    case "o":
      return { do: "open" };
    default:
      return null;
  }
}

function pageOf(key: string): Move | null {
  if (key === "PageUp") return { axis: "across", step: "page", sign: -1 };
  return key === "PageDown" ? { axis: "across", step: "page", sign: 1 } : null;
}
