import type { Position, Range } from "./fileScan.ts";
import type { Placed } from "./syntax.ts";

/** Answers where things stand in a text, as editors count: `\r\n`, `\n` and `\r` end a line, nothing else does. */
export interface Lines {
  position(offset: number): Position;
  range(node: Placed): Range;
}

/** The parser is not asked for positions: it would make three objects for each node, and few are wanted. */
export function linesOf(text: string): Lines {
  let starts: number[] | null = null;
  return { position, range: ({ start, end }) => ({ start: position(start ?? 0), end: position(end ?? 0) }) };

  function position(offset: number): Position {
    starts ??= lineStarts(text);
    let [first, last] = [0, starts.length - 1];
    while (first < last) {
      const middle = (first + last + 1) >> 1;
      if ((starts[middle] as number) <= offset) first = middle;
      else last = middle - 1;
    }
    return { line: first + 1, column: offset - (starts[first] as number) + 1 };
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  if (text.includes("\r")) {
    const end = /\r\n|\n|\r/g;
    while (end.test(text)) starts.push(end.lastIndex);
  } else {
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  }
  return starts;
}
