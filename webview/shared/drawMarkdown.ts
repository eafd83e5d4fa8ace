import { type Selection, select } from "d3-selection";
import { type Block, type Inline, parseMarkdown } from "./markdown.ts";

type Parent<Element extends HTMLElement = HTMLElement> = Selection<Element, unknown, null, undefined>;

/** Draws Markdown as elements that are made one by one: no text ever becomes HTML. */
export function drawMarkdown(container: HTMLElement, text: string): void {
  const parent = select(container);
  if (container.dataset.markdown === text) return;
  container.dataset.markdown = text;
  parent.selectAll("*").remove();
  for (const block of parseMarkdown(text)) drawBlock(parent, block);
}

function drawBlock(parent: Parent, block: Block): void {
  switch (block.kind) {
    case "paragraph":
      drawInline(parent.append("p"), block.parts);
      break;
    case "heading":
      // The page's own headings lead through it; those of a description are only louder.
      drawInline(parent.append("p").attr("class", "heading"), block.parts);
      break;
    case "quote":
      drawInline(parent.append("blockquote"), block.parts);
      break;
    case "code":
      parent.append("pre").append("code").text(block.text);
      break;
    case "list": {
      const list = parent.append(block.isOrdered ? "ol" : "ul");
      for (const item of block.items) drawInline(list.append("li"), item);
      break;
    }
    case "table": {
      const table = parent.append("table");
      block.rows.forEach((cells, at) => {
        const row = table.append("tr");
        for (const cell of cells) drawInline(row.append<HTMLTableCellElement>(at === 0 ? "th" : "td"), cell);
      });
    }
  }
}

function drawInline<Element extends HTMLElement>(parent: Parent<Element>, parts: readonly Inline[]): void {
  for (const part of parts) {
    if (part.kind === "text" || part.kind === "code") {
      parent.append(part.kind === "text" ? "span" : "code").text(part.text);
    } else if (part.kind === "link") {
      const link = parent.append("a").attr("href", part.address).attr("title", part.address);
      drawInline(link, part.parts);
    } else {
      const { kind, parts: inner } = part;
      drawInline(kind === "strong" ? parent.append("strong") : parent.append("em"), inner);
    }
  }
}
