import { ellipsize, type Measure } from "../../shared/ellipsis.ts";

/** A name in at most two lines, broken where one of its words ends; what is too long even so ends in "…". */
export function nameLines(name: string, width: number, measure: Measure): string[] {
  if (measure(name) <= width) return [name];
  const end = wordEnds(name).findLast(it => measure(name.slice(0, it)) <= width);
  if (end === undefined) return [ellipsize(name, width, measure)];
  return [name.slice(0, end), ellipsize(name.slice(end), width, measure)];
}

/** After a sign that joins words, and before a capital letter that begins one. */
function wordEnds(name: string): number[] {
  const joints = name.matchAll(/(?<=[_\-. ])(?=[^_\-. ])|(?<=\p{Ll}|\d)(?=\p{Lu})/gu);
  return [...joints].map(({ index }) => index);
}
