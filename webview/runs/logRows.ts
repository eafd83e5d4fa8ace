import type { LogLine } from "../../src/model/run.ts";

/** One line of the log as it is shown; a message of several lines is several of them. */
export interface LogRow {
  readonly at: string;
  readonly level: LogLine["level"];
  readonly asset: string | null;
  readonly text: string;
  /** Whether the message begins here. */
  readonly isFirst: boolean;
}

/** Which rows are shown; null lets all through. */
export interface LogFilter {
  readonly least: LogLine["level"];
  readonly assets: readonly string[] | null;
  readonly text: string;
}

/** The log of a run, of which new lines cost nothing but themselves. */
export interface LogRows {
  /** Forgets everything, and begins with these. */
  reset(lines: readonly LogLine[]): void;
  add(lines: readonly LogLine[]): void;
  filter(filter: LogFilter): void;
  shown(): readonly LogRow[];
  count(): number;
}

export function createLogRows(): LogRows {
  let all: LogRow[] = [];
  let shown: LogRow[] = [];
  let filter: LogFilter = { least: "debug", assets: null, text: "" };
  return {
    reset(lines) {
      all = rowsOf(lines);
      shown = all.filter(matches(filter));
    },
    add(lines) {
      const rows = rowsOf(lines);
      const isShown = matches(filter);
      for (const row of rows) {
        all.push(row);
        if (isShown(row)) shown.push(row);
      }
    },
    filter(next) {
      filter = next;
      shown = all.filter(matches(filter));
    },
    shown: () => shown,
    count: () => all.length,
  };
}

const levels: readonly LogLine["level"][] = ["debug", "info", "warn", "error"];

function matches({ least, assets, text }: LogFilter): (row: LogRow) => boolean {
  const rank = levels.indexOf(least);
  const wanted = assets === null ? null : new Set(assets);
  const word = text.trim().toLowerCase();
  return row =>
    levels.indexOf(row.level) >= rank &&
    (wanted === null || (row.asset !== null && wanted.has(row.asset))) &&
    (word === "" || row.text.toLowerCase().includes(word));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: colours of a terminal begin with one.
const terminalCodes = /\u001b\[[0-9;?]*[A-Za-z]/g;

function rowsOf(lines: readonly LogLine[]): LogRow[] {
  return lines.flatMap(({ at, level, asset, message }) =>
    message
      .replaceAll(terminalCodes, "")
      .trimEnd()
      .split(/\r?\n/)
      .map((text, place) => ({ at, level, asset, text, isFirst: place === 0 })),
  );
}
