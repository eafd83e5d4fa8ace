/**
 * Where a line stands after the lines `first … last` were replaced by `text` (all 0-based),
 * or null when the line itself was edited. Typing at its very end or opening a line below is an edit too.
 */
export function lineAfterEdit(line: number, first: number, last: number, text: string): number | null {
  if (last < line) return line + (text.split("\n").length - 1) - (last - first);
  return first > line ? line : null;
}
