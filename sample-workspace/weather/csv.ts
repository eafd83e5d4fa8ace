/** One line of a file under the names of its columns, and where it stood. */
export type CsvLine<Column extends string> = Record<Column, string> & { line: number };

/**
 * Reads a file that must have exactly these columns, without quotes, as weather stations write it.
 * Strict on purpose: a file of another shape fails with its name and line and is not half understood.
 */
export function* readCsv<const Column extends string>(
  columns: readonly Column[],
  { name, text }: { name: string; text: string },
): Generator<CsvLine<Column>> {
  const [header = "", ...lines] = text.replace(/^\uFEFF/, "").split(/\r?\n/);
  if (header !== columns.join(",")) {
    throw new Error(`${name}:1: the columns are "${header}" instead of "${columns.join(",")}".`);
  }
  for (const [at, content] of lines.entries()) {
    if (content === "") continue;
    const values = content.split(",");
    const line = at + 2;
    if (values.length !== columns.length) {
      throw new Error(`${name}:${line}: there are ${values.length} values for ${columns.length} columns.`);
    }
    const fields = Object.fromEntries(columns.map((column, index) => [column, values[index]]));
    yield { ...(fields as Record<Column, string>), line };
  }
}
