import { ConfigurationError } from "../engine/configuration.ts";
import type { AssetKey } from "../model/assetKey.ts";
import { formatCount } from "../model/format.ts";
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
    const head = columns.map(it => color.bold(it.name));
    if (columns.length > 0) say(table([head, ...rows.map(row => row.map(shown))]));
    const more = isCut ? `the first ${formatCount(rows.length)} rows; --limit shows more` : null;
    say(color.dim(more ?? (rows.length === 1 ? "1 row" : `${formatCount(rows.length)} rows`)));
  });
}

/** One line for each row; what is no value is told apart from an empty text. */
function shown(cell: PreviewCell): string {
  if (cell === null) return color.dim("null");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a terminal would obey them.
  return String(cell).replace(/[\u0000-\u001f\u007f]+/g, " ");
}
