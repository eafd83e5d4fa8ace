import { select } from "d3-selection";

/** Why there is nothing to see, and the one thing to do about it. */
export interface EmptyNote {
  readonly cause: string;
  readonly action: { readonly label: string; act(): void } | null;
}

/** Shows a note in the place of the picture; null takes it away. */
export function drawEmptyNote(container: HTMLElement, note: EmptyNote | null): void {
  const notes = select(container)
    .selectAll<HTMLDivElement, EmptyNote>("div.empty")
    .data(note ? [note] : [])
    .join(enter => {
      const box = enter.append("div").attr("class", "empty").attr("role", "status");
      box.append("p");
      return box;
    });
  notes.select("p").text(it => it.cause);
  notes
    .selectAll<HTMLButtonElement, NonNullable<EmptyNote["action"]>>("button")
    .data(it => (it.action ? [it.action] : []))
    .join("button")
    .attr("type", "button")
    .attr("class", "action primary")
    .text(it => it.label)
    .on("click", (_, it) => it.act());
}
