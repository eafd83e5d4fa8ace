import { type Selection, select } from "d3-selection";
import { formatCount } from "../../src/model/format.ts";

export type Parent<Element extends HTMLElement = HTMLElement> = Selection<Element, unknown, null, undefined>;

/** A part of the page under its own heading. */
export interface Section {
  readonly body: Parent;
  /** Where the section's buttons are, behind its heading. */
  readonly tools: Parent;
  title(text: string, count: number | null): void;
  /** Hides it where it means nothing. */
  offer(isOffered: boolean): void;
}

export function addSection(parent: Parent, id: string): Section {
  const section = addBox(parent, "section", `part ${id}`).attr("aria-labelledby", `title-${id}`);
  const head = section.append("header");
  const heading = head.append("h2").attr("id", `title-${id}`);
  const name = heading.append("span");
  const number = heading.append("span").attr("class", "number");
  return {
    tools: addBox(selectOne(head.node() as HTMLElement), "div", "tools"),
    body: addBox(section, "div", "body"),
    title(text, count) {
      name.text(text);
      number.text(count === null ? "" : ` ${formatCount(count)}`);
    },
    offer: isOffered => section.attr("hidden", isOffered ? null : ""),
  };
}

/** One paragraph that says what is not there; null takes it away. */
export function drawNote(body: Parent, words: string | null): void {
  body
    .selectAll<HTMLParagraphElement, string>(":scope > p.note")
    .data(words === null ? [] : [words])
    .join("p")
    .attr("class", "note")
    .text(it => it);
}

/** The first of many, and how many more there are. */
export function cut<Item>(
  items: readonly Item[],
  most: number,
  isUnfolded: boolean,
): { shown: readonly Item[]; more: number } {
  // For one or two more a button would take the room of what it hides.
  if (isUnfolded || items.length <= most + 2) return { shown: items, more: 0 };
  return { shown: items.slice(0, most), more: items.length - most };
}

/** The button that shows a list to its end. */
export function drawMore(body: Parent, more: number, isUnfolded: boolean, toggle: () => void): void {
  body
    .selectAll<HTMLButtonElement, number>(":scope > button.more")
    .data(more > 0 || isUnfolded ? [more] : [])
    .join("button")
    .attr("type", "button")
    .attr("class", "more link")
    .attr("aria-expanded", String(isUnfolded))
    .text(it => (isUnfolded ? "Show fewer" : `${formatCount(it)} more`))
    .on("click", toggle);
}

/** A container of its own in a container. */
export function addBox(parent: Parent, tag: "div" | "main" | "section", className: string): Parent {
  return selectOne(parent.append(tag).attr("class", className).node() as HTMLElement);
}

/** An element as the functions here take it, whichever it is. */
export function selectOne(node: HTMLElement): Parent {
  return select(node);
}

/** A name that may be broken behind its points and strokes, and nowhere else before it must. */
export function writeBreakable(node: HTMLElement, text: string): void {
  if (node.textContent === text) return;
  node.replaceChildren();
  for (const [at, piece] of text.split(/(?<=[./_:])(?=\w)/).entries()) {
    if (at > 0) node.append(node.ownerDocument.createElement("wbr"));
    node.append(piece);
  }
}
