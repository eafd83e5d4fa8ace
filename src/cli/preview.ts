import { ConfigurationError } from "../engine/configuration.ts";
import type { AssetKey } from "../model/assetKey.ts";
import { formatCount, formatRows } from "../model/format.ts";
import type { PreviewCell } from "../model/rowsPreview.ts";
import { color, printJson, say, table } from "./terminal.ts";
import { type WorkspaceOptions, withEngine } from "./workspace.ts";

/** Prints the first rows of what is stored. */
export async function preview(
  asset: string,
  options: WorkspaceOptions & { json?: boolean; partition?: string; limit: string },
): Promise<void> {
  const limit = Number(options.limit);
  if (!Number.isInteger(limit) || limit < 1) {
    throw new ConfigurationError(`--limit is "${options.limit}". Write a whole number from 1 on.`);
  }
  await withEngine({ ...options, warm: true }, async engine => {
    const found = await engine.previewRows({
      asset: asset as AssetKey,
      partition: options.partition ?? null,
      limit,
    });
    if (options.json) return void printJson(found);
    const { columns, rows, isCut } = found;
    const lines = [columns.map(it => it.name), ...rows.map(row => row.map(shown))];
    const widths = columns.map((_, at) => Math.max(...lines.map(line => line[at]?.length ?? 0)));
    const aligned = lines.map((line, row) =>
      line.map((text, at) => {
        const cell = columns[at]?.kind === "number" ? text.padStart(widths[at] ?? 0) : text;
        if (row === 0) return color.bold(cell);
        return rows[row - 1]?.[at] === null ? color.dim(cell) : cell;
      }),
    );
    if (columns.length > 0) say(table(aligned));
    const more = isCut ? `the first ${formatCount(rows.length)} rows; --limit shows more` : null;
    say(color.dim(more ?? formatRows(rows.length)));
  });
}

/** One line for each row; what is no value is told apart from an empty text. */
function shown(cell: PreviewCell): string {
  if (cell === null) return "null";
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal would obey them.
  return String(cell).replace(/[\u0000-\u001f\u007f]+/g, " ");
}
