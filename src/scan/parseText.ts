import { type ParserOptions, type ParserPlugin, parse } from "@babel/parser";
import type { Problem } from "../model/problem.ts";
import type { Lines } from "./lines.ts";
import type { Program } from "./syntax.ts";

/** What could be parsed, and the first thing that was wrong. */
export interface ParsedText {
  /** Null when nothing could be read. */
  readonly program: Program | null;
  readonly problem: Problem | null;
}

/**
 * Parses TypeScript or JavaScript and never throws.
 * A statement with a syntax error is blanked out, so that the rest of the file keeps its positions.
 */
export function parseText(text: string, file: string, lines: Lines): ParsedText {
  const options = optionsFor(file);
  let problem: Problem | null = null;
  let source = text;
  let before = text;
  let last = -1;
  for (let attempt = 0; attempt < maximumAttempts; attempt++) {
    try {
      const { program, errors } = parse(source, options);
      const error = errors?.find(it => !harmless.has(it.reasonCode));
      return {
        program,
        problem: problem ?? (error ? syntaxProblem(error, positionOf(error, source), file, lines) : null),
      };
    } catch (error) {
      const position = positionOf(error, source);
      problem ??= syntaxProblem(error, position, file, lines);
      if (position === null) break;
      // The same error again: it was not the former statement's, which is taken back.
      if (position === last) source = before;
      before = source;
      source = withoutStatementAt(source, position, position !== last);
      if (source === before) break;
      last = position;
    }
  }
  return { program: null, problem };
}

const maximumAttempts = 5;

/** TypeScript's own concern: these say nothing about what the text declares. */
const harmless = new Set(["UnsupportedParameterDecorator", "OverrideNotInSubClass"]);

function optionsFor(file: string): ParserOptions {
  const extension = file.slice(file.lastIndexOf("."));
  if (extension === ".tsx") return typedJsx;
  return extension.endsWith("ts") ? typed : jsx;
}

const common: ParserOptions = {
  sourceType: "unambiguous",
  attachComment: false,
  locations: false,
  errorRecovery: true,
  allowAwaitOutsideFunction: true,
  allowReturnOutsideFunction: true,
  allowUndeclaredExports: true,
};
const proposals: ParserPlugin[] = [
  "decorators",
  "decoratorAutoAccessors",
  "deferredImportEvaluation",
  "sourcePhaseImports",
];
const typed: ParserOptions = { ...common, plugins: ["typescript", ...proposals] };
const typedJsx: ParserOptions = { ...common, plugins: ["typescript", "jsx", ...proposals] };
const jsx: ParserOptions = { ...common, plugins: ["jsx", ...proposals] };

/** Where the parser stopped; where it loses count after a look ahead, it still knows line and column. */
function positionOf(error: unknown, text: string): number | null {
  const { pos, loc } = error as { pos?: unknown; loc?: { line: number; column: number } };
  if (typeof pos === "number" && Number.isFinite(pos)) return pos;
  if (loc === undefined) return null;
  const before = [...text.matchAll(/\r\n|[\n\r\u2028\u2029]/g)][loc.line - 2];
  const position = (before ? before.index + before[0].length : 0) + loc.column;
  return Number.isFinite(position) ? Math.min(position, text.length) : null;
}

function syntaxProblem(error: unknown, position: number | null, file: string, lines: Lines): Problem {
  const { message } = error as { message?: string };
  if (position === null) {
    return {
      file,
      line: 1,
      column: 1,
      severity: "error",
      message: `The file could not be parsed (${message ?? String(error)}). Split it, or simplify its nesting.`,
    };
  }
  const what = (message ?? "").replace(/ \(\d+:\d+\)$/, "").replace(/\.$/, "");
  return {
    file,
    ...lines.position(position),
    severity: "error",
    message: `Syntax error: ${what}. Until it is corrected, nothing in this file can run.`,
  };
}

/** A statement that is not ended is noticed at the beginning of the next one: then the former is to blame. */
function withoutStatementAt(text: string, position: number, mayBlameFormer: boolean): string {
  const starts = [0, ...[...text.matchAll(topLevelStatement)].map(it => it.index), text.length];
  let at = starts.findLastIndex(start => start <= position);
  const isAtBeginning = /^(?:(?:export|default|declare|abstract|async)\s+)*$/.test(
    text.slice(starts[at], position),
  );
  if (isAtBeginning && mayBlameFormer && at > 0) at--;
  const [start, end] = [starts[at], starts[at + 1]];
  const statement = text.slice(start, end);
  return text.slice(0, start) + statement.replace(/[^\r\n]/g, " ") + text.slice(end);
}

const topLevelStatement =
  /^(?:export|import|const|let|var|function|async|class|type|interface|enum|declare|abstract|@)\b/gm;
