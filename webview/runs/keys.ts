/** What a key asks for while the timeline has the focus. */
export type KeyAction =
  | { readonly do: "move"; readonly by: Move }
  | { readonly do: "zoom"; readonly factor: number }
  | { readonly do: "enter" | "leave" | "whole" | "latest" | "filter" | "toggle" | "retry" };

/** To a neighbour in the lane, to the next one that failed, to the lane's end; or to another lane. */
export interface Move {
  readonly axis: "across" | "down";
  readonly step: "one" | "failed" | "end";
  readonly sign: 1 | -1;
}

/** The action of a key, or null for a key that is not ours. */
export function keyAction(event: KeyboardEvent): KeyAction | null {
  if (event.altKey) return null;
  const isFar = event.ctrlKey || event.metaKey;
  const by = moveOf(event.key, isFar);
  if (by) return { do: "move", by };
  if (isFar) return null;
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
      return { axis: "across", step: isFar ? "failed" : "one", sign: -1 };
    case "ArrowRight":
      return { axis: "across", step: isFar ? "failed" : "one", sign: 1 };
    case "ArrowUp":
      return { axis: "down", step: isFar ? "end" : "one", sign: -1 };
    case "ArrowDown":
      return { axis: "down", step: isFar ? "end" : "one", sign: 1 };
    case "Home":
      return { axis: "across", step: "end", sign: -1 };
    case "End":
      return { axis: "across", step: "end", sign: 1 };
    default:
      return null;
  }
}
