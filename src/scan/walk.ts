import type { Placed } from "./syntax.ts";

/** Visits nodes in the order of the text. The visitor answers what to go into: the node, a part of it, or null. */
export function walk(root: unknown, visit: (node: Placed) => unknown): void {
  const waiting: unknown[] = [root];
  while (waiting.length > 0) {
    const node = waiting.pop();
    if (Array.isArray(node)) waiting.push(...node.toReversed());
    if (!isPlaced(node)) continue;
    const into = visit(node);
    if (into !== node) waiting.push(into);
    else {
      for (const [name, child] of Object.entries(node).reverse()) {
        if (name !== "loc" && typeof child === "object" && child !== null) waiting.push(child);
      }
    }
  }
}

function isPlaced(node: unknown): node is Placed {
  return typeof node === "object" && node !== null && typeof (node as { type?: unknown }).type === "string";
}
