import type { Direction } from "./walk.ts";

/** What a key asks for while the picture has the focus. */
export type KeyAction =
  | { do: "walk"; direction: Direction }
  | { do: "materialize"; withUpstream: boolean }
  | { do: "zoom"; factor: number }
  | { do: "fit" | "open" | "filter" | "unselect" | "details" };

/** The action of a key, or null for a key that is not ours. */
export function keyAction(event: KeyboardEvent): KeyAction | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  switch (event.key) {
    case "ArrowLeft":
      return { do: "walk", direction: "upstream" };
    case "ArrowRight":
      return { do: "walk", direction: "downstream" };
    case "ArrowUp":
      return { do: "walk", direction: "above" };
    case "ArrowDown":
      return { do: "walk", direction: "below" };
    case "Home":
      return { do: "fit" };
    case "Enter":
      return { do: "open" };
    case "Escape":
      return { do: "unselect" };
    case "/":
      return { do: "filter" };
    case "+":
    case "=":
      return { do: "zoom", factor: 1.4 };
    case "-":
      return { do: "zoom", factor: 1 / 1.4 };
    case "i":
      return { do: "details" };
    case "m":
    case "M":
      return { do: "materialize", withUpstream: event.shiftKey };
    default:
      return null;
  }
}
