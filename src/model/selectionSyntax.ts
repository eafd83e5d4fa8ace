import type { AssetKey } from "./assetKey.ts";
import type { Selection, SelectionOperation, SelectionProblem } from "./selection.ts";
import { problemAt, readTerm } from "./selectionTerms.ts";
import { isBareWord, type SelectionToken, tokenize } from "./selectionTokens.ts";

/**
 * Reads a selection such as `+city_aggregates` or `group:weather and not kind:dbt`; never throws.
 * There is either a value or a problem.
 */
export function parseSelection(text: string): {
  value: Selection | null;
  problems: readonly SelectionProblem[];
} {
  const repeated = readRepeatedMarks(text);
  if (repeated !== null) return { value: { text, operations: repeated }, problems: [] };
  const { tokens, problems } = tokenize(text);
  if (problems.length > 0) return { value: null, problems };
  const operations = parse(tokens);
  return Array.isArray(operations)
    ? { value: { text, operations }, problems: [] }
    : { value: null, problems: [operations] };
}

/** A key as it is written in a selection, bare where that is possible, so that it selects this key alone. */
export function spellKey(key: AssetKey): string {
  if (isBareWord(key)) return key;
  // Without "key:" a star between quotes is only a star. What no quotes can hold is left open as a pattern.
  return /["\\\r\n]/.test(key) ? `key:"${key.replace(/["\\\r\n]/g, "*")}"` : `"${key}"`;
}

/**
 * The older way to write one bare name with its neighbours: `++name` is two levels up, `name*` all the way down.
 * A single `+` is no such mark: it follows all levels, here as everywhere.
 */
function readRepeatedMarks(text: string): SelectionOperation[] | null {
  const [, up = "", name = "", down = ""] = repeatedMarks.exec(text) ?? [];
  if (!isBareWord(name) || name.endsWith("/") || !/\*|\+\+/.test(`${up} ${down}`)) return null;
  const levels = (marks: string) =>
    marks === "" ? null : marks.startsWith("+") && marks.length > 1 ? marks.length : Number.POSITIVE_INFINITY;
  const at = text.indexOf(name);
  return [
    { op: "term", attribute: "key", value: name, tagValue: null, bare: true, at, length: name.length },
    { op: "traverse", up: levels(up), down: levels(down) },
  ];
}

const repeatedMarks = /^\s*(\*|\+*)([^\s*+"():=<>]+)(\*|\+*)\s*$/;

/** An operator, or an open parenthesis with what applies to its content, that waits for its right side. */
interface Waiting {
  readonly op: "not" | "and" | "or" | "(";
  readonly up: number | null;
  readonly call: "roots" | "sinks" | null;
  readonly token: SelectionToken;
}

/** Operators wait on a list of their own and not on the stack of calls, so that no nesting is too deep. */
function parse(tokens: readonly SelectionToken[]): SelectionOperation[] | SelectionProblem {
  const operations: SelectionOperation[] = [];
  const waiting: Waiting[] = [];
  let position = 0;

  if (peek().kind === "end") {
    return problemAt(peek(), 'A selection is empty. Write an asset, group:name, or "*" for all.');
  }
  while (true) {
    const problem = operand();
    if (problem === "again") continue;
    const ended = problem ?? operator();
    if (ended === "end") return operations;
    if (ended !== null) return ended;
  }

  /** One operand, or "again" when what was read only opens or negates one. */
  function operand(): SelectionProblem | "again" | null {
    const token = peek();
    if (isWord(token, "not", "NOT") && peek(1).kind !== ":") {
      position++;
      waiting.push({ op: "not", up: null, call: null, token });
      return "again";
    }
    if (token.kind === "*") {
      position++;
      operations.push({ op: "all" });
      return peek().kind === "+" ? problemAt(peek(), '"*" and "+" do not combine. Write (*)+.') : null;
    }
    const up = upward();
    if (openParenthesis(up)) return "again";
    const read = readTerm(tokens, position);
    if ("message" in read) return read;
    operations.push(read.term);
    position = read.position;
    if (read.term.bare && peek().kind === "+" && peek(1).kind === "digits") {
      const instead = `key:"${read.term.value}"+${peek(1).text}`;
      return problemAt(peek(1), `A number of levels does not follow a bare name. Write ${instead}.`);
    }
    return traverse(up);
  }

  function openParenthesis(up: number | null): boolean {
    const token = peek();
    const call = token.kind === "word" && peek(1).kind === "(" ? functionNamed(token.text) : null;
    if (token.kind !== "(" && call === null) return false;
    position += call === null ? 1 : 2;
    waiting.push({ op: "(", up, call, token });
    return true;
  }

  /** Closes parentheses, then reads "and", "or" or the end. */
  function operator(): SelectionProblem | "end" | null {
    while (peek().kind === ")") {
      const close = peek();
      finish("(");
      const open = waiting.pop();
      if (open === undefined) return problemAt(close, 'This ")" closes nothing.');
      position++;
      if (open.call !== null) operations.push({ op: open.call });
      const problem = traverse(open.up);
      if (problem !== null) return problem;
    }
    const token = peek();
    if (token.kind === "end") {
      finish("(");
      const open = waiting.pop();
      return open === undefined ? "end" : problemAt(open.token, "This parenthesis is never closed.");
    }
    const op = isWord(token, "and", "AND") ? "and" : isWord(token, "or", "OR") ? "or" : null;
    if (op === null) return notAnOperator(token);
    finish(op);
    waiting.push({ op, up: null, call: null, token });
    position++;
    return null;
  }

  /** Carries out what waits and binds at least as tightly as `op`, back to the last open parenthesis. */
  function finish(op: Waiting["op"]): void {
    for (let last = waiting.at(-1); last !== undefined && last.op !== "("; last = waiting.at(-1)) {
      if (tightness[last.op] < tightness[op]) return;
      operations.push({ op: last.op });
      waiting.pop();
    }
  }

  /** `+` or `2+` before an operand. */
  function upward(): number | null {
    const [token, following] = [peek(), peek(1)];
    if (token.kind === "+") {
      position++;
      return Number.POSITIVE_INFINITY;
    }
    if (token.kind !== "digits" || following.kind !== "+") return null;
    position += 2;
    return Number(token.text);
  }

  /** `+` or `+2` behind an operand, together with what stood before it. */
  function traverse(up: number | null): SelectionProblem | null {
    let down: number | null = null;
    if (peek().kind === "+") {
      const levels = peek(1);
      position += levels.kind === "digits" ? 2 : 1;
      down = levels.kind === "digits" ? Number(levels.text) : Number.POSITIVE_INFINITY;
    }
    if (up !== null || down !== null) operations.push({ op: "traverse", up, down });
    if (peek().kind !== "+") return null;
    return problemAt(peek(), 'One "+" follows all levels; two levels are written key:"…"+2.');
  }

  function peek(ahead = 0): SelectionToken {
    return (tokens[position + ahead] ?? tokens.at(-1)) as SelectionToken;
  }
}

const tightness = { "(": 0, or: 1, and: 2, not: 3 };

function functionNamed(text: string): "roots" | "sinks" | null {
  return text === "roots" || text === "sinks" ? text : null;
}

function isWord(token: SelectionToken, ...words: string[]): boolean {
  return token.kind === "word" && words.includes(token.text);
}

function notAnOperator(token: SelectionToken): SelectionProblem {
  if (token.kind === "=") return problemAt(token, '"=" only follows a tag: tag:name=value.');
  if (token.kind === ":")
    return problemAt(token, 'A name that holds ":" is written between quotes: key:"…".');
  return problemAt(token, `Between two parts stands "and" or "or"; here follows "${token.text}" at once.`);
}
