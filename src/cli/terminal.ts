import picocolors from "picocolors";

/** Colours for a person; none when piped, with NO_COLOR, or on a dumb terminal. */
export const color = colorsOn(process.stdout);

/** The same for what goes to standard error, which may be a file while standard output is a terminal. */
export const errorColor = colorsOn(process.stderr);

function colorsOn({ isTTY }: NodeJS.WriteStream) {
  return picocolors.createColors(isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb");
}

/** Everything but the one JSON document goes to standard error when that document is asked for. */
export function say(line: string, options: { json?: boolean | undefined } = {}): void {
  (options.json ? process.stderr : process.stdout).write(`${line}\n`);
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Columns as wide as their widest cell, without those that are empty; the last one is cut at the terminal's edge. */
export function table(
  rows: readonly (readonly string[])[],
  width = process.stdout.columns || Number.POSITIVE_INFINITY,
): string {
  const widths = (rows[0] ?? []).map((_, at) => Math.max(...rows.map(row => visibleLength(row[at] ?? ""))));
  return rows
    .map(row => {
      const cells = row.flatMap((cell, at) => {
        const padding = (widths[at] ?? 0) - visibleLength(cell);
        return widths[at] === 0 ? [] : [at === row.length - 1 ? cell : cell + " ".repeat(padding)];
      });
      return cut(cells.join("  ").trimEnd(), width);
    })
    .join("\n");
}

/** Cuts what would wrap; colours are dropped from a line that is cut, so that none leaks into the next. */
export function cut(line: string, width: number): string {
  if (visibleLength(line) <= width) return line;
  return `${[...plain(line)].slice(0, Math.max(0, Math.floor(width) - 1)).join("")}…`;
}

function visibleLength(text: string): number {
  return [...plain(text)].length;
}

function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: this is how a terminal's colours begin.
  return text.replace(/\u001b\[[0-9;]*m/g, "");
}
