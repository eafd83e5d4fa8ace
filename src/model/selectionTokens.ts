import type { SelectionProblem } from "./selection.ts";

/** One token; `text` is as it was written, but for what stands between quotes. */
export interface SelectionToken {
  readonly kind: "word" | "quoted" | "digits" | "null" | "+" | "*" | "(" | ")" | ":" | "=" | "end";
  readonly text: string;
  readonly at: number;
  readonly length: number;
}

/** Cuts a selection into tokens, the last of which is "end"; stops at the first character it cannot read. */
export function tokenize(text: string): { tokens: SelectionToken[]; problems: SelectionProblem[] } {
  const tokens: SelectionToken[] = [];
  let at = 0;
  while (true) {
    at += matchAt(blank, text, at).length;
    if (at >= text.length) break;
    const token = tokenAt(text, at);
    if ("message" in token) return { tokens, problems: [token] };
    tokens.push(token);
    at += token.length;
  }
  tokens.push({ kind: "end", text: "", at: text.length, length: 0 });
  return { tokens, problems: [] };
}

/** A name that can stand in a selection without quotes; anything else is written key:"…". */
export function isBareWord(text: string): boolean {
  return matchAt(word, text, 0) === text && !text.includes("*") && !/^\d+$/.test(text) && !isReserved(text);
}

/** Operators cannot be names: "not" always negates. */
export function isReserved(word: string): boolean {
  return ["and", "AND", "or", "OR", "not", "NOT"].includes(word);
}

const blank = /\s*/y;
const symbol = /[+():=]/y;
const quoted = /"[^"\\\r\n]*"/y;
const nothing = /<null>/y;

/** Wider than an unquoted value may be: a bare name may hold dots and hyphens, and a pattern its stars. */
const word = /[\p{L}\p{N}\p{M}_*/][\p{L}\p{N}\p{M}_*/.@-]*/uy;

function tokenAt(text: string, at: number): SelectionToken | SelectionProblem {
  const mark = matchAt(symbol, text, at);
  if (mark !== "") return { kind: mark as SelectionToken["kind"], text: mark, at, length: 1 };
  if (matchAt(nothing, text, at) !== "") return { kind: "null", text: "<null>", at, length: 6 };
  const string = matchAt(quoted, text, at);
  if (string !== "") return { kind: "quoted", text: string.slice(1, -1), at, length: string.length };
  const name = matchAt(word, text, at);
  if (name === "*") return { kind: "*", text: name, at, length: 1 };
  if (name !== "") {
    return { kind: /^[0-9]+$/.test(name) ? "digits" : "word", text: name, at, length: name.length };
  }
  return unreadable(text, at);
}

function unreadable(text: string, at: number): SelectionProblem {
  const character = String.fromCodePoint(text.codePointAt(at) ?? 0);
  const length = character.length;
  if (character === '"') {
    const rest = text.slice(at + 1).match(/^[^"]*/)?.[0] ?? "";
    const message = rest.includes("\\")
      ? "Between quotes there is no escaping: a backslash cannot stand there. Write * in its place."
      : "A quote is opened here and never closed.";
    return { at, length: text.length - at, message };
  }
  const instead: Record<string, string> = {
    "|": " Write or.",
    ",": " Write or.",
    "&": " Write and.",
    "!": " Write not.",
  };
  const advice = instead[character] ?? ' A name that holds it is written between quotes: key:"…".';
  return { at, length, message: `"${character}" has no meaning in a selection.${advice}` };
}

function matchAt(pattern: RegExp, text: string, at: number): string {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? "";
}
