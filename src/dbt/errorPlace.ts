import { readFile } from "node:fs/promises";
import { isAbsolute, join, relative, resolve } from "node:path";
import type { RunError } from "../model/run.ts";

/** The folders that an error of dbt speaks of, absolute. */
export interface ErrorPlaces {
  readonly root: string;
  readonly project: string;
  /** Of the invocation: the SQL that really ran lies here. */
  readonly folder: string;
}

/** An error as dbt words it, freed of what only dbt's own files explain, at the line of the user's file. */
export async function locateDbtError(said: string, places: ErrorPlaces): Promise<RunError> {
  const message = wording(said);
  const file = fileIn(said);
  if (file === null) return { message, file: null, line: null, column: null, stack: null };
  const source = resolve(places.project, file);
  const text = await readFile(source, "utf8").catch(() => "");
  const place = lineThatDbtNames(said) ??
    (await lineOfSql(said, text, file, places)) ??
    lineOfQuoted(message, text) ?? { line: 1, column: 1 };
  return { message, file: relative(places.root, source).replaceAll("\\", "/"), ...place, stack: null };
}

interface Place {
  readonly line: number;
  readonly column: number;
}

/** "Database Error in model bad (models/bad.sql)", and where the compiled code lies, are said elsewhere. */
function wording(said: string): string {
  const lines = said.trim().split("\n");
  const isHeading = /^\s*(\w+ )+Error( in .*\(.*\))?:?\s*$/;
  const kept = lines.filter(
    (line, index) =>
      !(index === 0 && lines.length > 1 && isHeading.test(line)) &&
      !/^\s*compiled code at /.test(line) &&
      !/^\s*LINE \d+:/.test(line) &&
      !/^\s*\^\s*$/.test(line),
  );
  return (kept.length > 0 ? kept : lines)
    .map(it => it.trim())
    .filter(Boolean)
    .join("\n");
}

function fileIn(said: string): string | null {
  const inBrackets = /\(([^()\n]+\.(?:sql|py|ya?ml|csv|md))\)/.exec(said)?.[1];
  const named = inBrackets ?? /(?:Error reading \S+: |\bin )(\S+\.(?:sql|ya?ml))/.exec(said)?.[1];
  return named?.replaceAll("\\", "/") ?? null;
}

/** Jinja and YAML know the line of the file itself. */
function lineThatDbtNames(said: string): Place | null {
  const line = /^\s*line (\d+)\s*$/m.exec(said)?.[1] ?? /near line (\d+)/.exec(said)?.[1];
  return line === undefined ? null : { line: Number(line), column: 1 };
}

/** PostgreSQL counts lines of what ran: the compiled SQL inside of what the materialization wraps around it. */
async function lineOfSql(
  said: string,
  source: string,
  file: string,
  places: ErrorPlaces,
): Promise<Place | null> {
  const found = /^\s*LINE (\d+): (.*)\n( *)\^/m.exec(said);
  if (found === null) return null;
  const excerpt = found[2] ?? "";
  const ran = await sqlThatRan(said, file, places);
  const at = ran === null ? null : nearest(ran, Number(found[1]) - 1, textOfExcerpt(excerpt));
  if (ran === null || at === null) return lineOfText(excerpt, source);
  const column = columnIn(ran[at] ?? "", excerpt, said);
  return sourcePlace(ran, at, column, source.split("\n"));
}

/** dbt puts a comment before what it sends, so the line that is meant may be one or two above. */
function nearest(ran: readonly string[], at: number, text: string): number | null {
  const found = ran.flatMap((line, index) => (line.includes(text) ? [index] : []));
  if (found.length === 0) return null;
  return found.reduce((best, it) => (Math.abs(it - at) < Math.abs(best - at) ? it : best));
}

/** PostgreSQL cuts long lines on both sides. */
function textOfExcerpt(excerpt: string): string {
  return excerpt
    .replace(/^\.\.\./, "")
    .replace(/\.\.\.$/, "")
    .trim();
}

async function sqlThatRan(said: string, file: string, { folder }: ErrorPlaces): Promise<string[] | null> {
  const named = /compiled code at (.+)$/m.exec(said)?.[1]?.trim();
  const candidates = [
    named && (isAbsolute(named) ? named : join(folder, "..", named)),
    join(folder, "run", file),
  ];
  for (const candidate of candidates) {
    const text = candidate ? await readFile(candidate, "utf8").catch(() => null) : null;
    if (text !== null) return text.split("\n");
  }
  return null;
}

/** 0-based; the excerpt of a long line begins with dots, and the caret counts from "LINE". */
function columnIn(line: string, excerpt: string, said: string): number {
  const [, indent = "", label = ""] = /^(\s*)(LINE \d+: )/m.exec(said) ?? [];
  const caret = /^( *)\^/m.exec(said.slice(said.indexOf("LINE")))?.[1]?.length ?? 0;
  const inExcerpt = Math.max(0, caret - indent.replace(/^\n+/, "").length - label.length);
  const leading = /^(\.\.\.)?\s*/.exec(excerpt)?.[0].length ?? 0;
  return Math.max(0, line.indexOf(textOfExcerpt(excerpt))) + inExcerpt - leading;
}

/** The line of the source that a line of the executed SQL came from: the same text, else a neighbour of such. */
function sourcePlace(ran: readonly string[], at: number, column: number, source: readonly string[]): Place {
  const text = (ran[at] ?? "").trim();
  const same = text === "" ? [] : source.flatMap((line, index) => (line.trim() === text ? [index] : []));
  if (same.length > 0) {
    const earlier = ran.slice(0, at).filter(line => line.trim() === text).length;
    const index = same[Math.min(earlier, same.length - 1)] ?? 0;
    const indent = (line: string) => line.length - line.trimStart().length;
    return {
      line: index + 1,
      column: Math.max(1, column - indent(ran[at] ?? "") + indent(source[index] ?? "") + 1),
    };
  }
  const anchor = (index: number) => {
    const line = (ran[index] ?? "").trim();
    const first = source.findIndex(it => it.trim() === line);
    return line !== "" && first >= 0 && source.findLastIndex(it => it.trim() === line) === first ? first : -1;
  };
  for (let before = at - 1; before >= 0; before--) {
    const index = anchor(before);
    if (index < 0) continue;
    const after = ran.findIndex((_, it) => it > at && anchor(it) > index);
    const last = after < 0 ? source.length - 1 : Math.max(index, anchor(after) - 1);
    return { line: Math.min(index + at - before, last) + 1, column: 1 };
  }
  return { line: 1, column: 1 };
}

function lineOfText(excerpt: string, source: string): Place | null {
  const text = textOfExcerpt(excerpt);
  const index = source.split("\n").findIndex(line => text !== "" && line.includes(text));
  return index < 0 ? null : { line: index + 1, column: 1 };
}

/** "depends on a node named 'orders' which was not found": the first line that says it, for want of better. */
function lineOfQuoted(message: string, source: string): Place | null {
  const lines = source.split("\n");
  for (const [, quoted = ""] of message.matchAll(/['"`]([^'"`\n]+)['"`]/g)) {
    const index = lines.findIndex(line => line.includes(quoted));
    if (index >= 0) return { line: index + 1, column: (lines[index]?.indexOf(quoted) ?? 0) + 1 };
  }
  return null;
}
