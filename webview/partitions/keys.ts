/** What a key asks for while the matrix has the focus. */
export type KeyAction =
  | { do: "move"; by: Move; extends: boolean }
  | { do: "zoom"; factor: number }
  | { do: "plan" | "leave" | "whole" | "filter" | "open" };

/** By one partition, to where the state changes, by what is in view, to the end; or by one line. */
export interface Move {
  readonly axis: "across" | "down";
  readonly step: "one" | "change" | "page" | "end";
  readonly sign: 1 | -1;
}

/** The action of a key, or null for a key that is not ours. */
export function keyAction(event: KeyboardEvent): KeyAction | null {
  if (event.altKey) return null;
  const isFar = event.ctrlKey || event.metaKey;
  const move = moveOf(event.key, isFar);
  if (move) return { do: "move", by: move, extends: event.shiftKey };
  if (isFar) return null;
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
    case "+":
    case "=":
      return { do: "zoom", factor: 1.6 };
    case "-":
      return { do: "zoom", factor: 1 / 1.6 };
    default:
      return null;
  }
}

function moveOf(key: string, isFar: boolean): Move | null {
  switch (key) {
    case "ArrowLeft":
      return { axis: "across", step: isFar ? "change" : "one", sign: -1 };
    case "ArrowRight":
      return { axis: "across", step: isFar ? "change" : "one", sign: 1 };
    case "ArrowUp":
      return { axis: "down", step: isFar ? "end" : "one", sign: -1 };
    case "ArrowDown":
      return { axis: "down", step: isFar ? "end" : "one", sign: 1 };
    case "PageUp":
      return { axis: "across", step: "page", sign: -1 };
    case "PageDown":
      return { axis: "across", step: "page", sign: 1 };
    case "Home":
      return { axis: "across", step: "end", sign: -1 };
    case "End":
      return { axis: "across", step: "end", sign: 1 };
    default:
      return null;
  }
}
