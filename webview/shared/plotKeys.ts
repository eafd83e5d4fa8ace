/** Where a key leads in a picture of lines over time: along a line, or to another one. */
export interface Move<Far extends string> {
  readonly axis: "across" | "down";
  readonly step: "one" | "end" | Far;
  readonly sign: 1 | -1;
}

/** So much nearer or farther is one step. */
export const zoomStep = 1.6;

/** With Control, arrows lead as far as `far` says along a line, and to the last line. */
export function moveOf<Far extends string>(key: string, isFar: boolean, far: Far): Move<Far> | null {
  switch (key) {
    case "ArrowLeft":
      return { axis: "across", step: isFar ? far : "one", sign: -1 };
    case "ArrowRight":
      return { axis: "across", step: isFar ? far : "one", sign: 1 };
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

/** By how much a key brings the picture nearer; null for a key that does not. */
export function zoomOf(key: string): number | null {
  if (key === "+" || key === "=") return zoomStep;
  return key === "-" ? 1 / zoomStep : null;
}

/** Whether a key was pressed in something that has keys of its own: a field, a button, and `more`. */
export function isInControl(target: EventTarget | null, more = ""): boolean {
  const controls = `input, button, select${more === "" ? "" : `, ${more}`}`;
  return (target as Element | null)?.closest?.(controls) != null;
}
