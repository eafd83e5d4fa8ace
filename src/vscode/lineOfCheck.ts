/**
 * The line of a file, from 0, in which a check is written: from the line of its asset on, the first that says
 * its name or calls what it is named after. The asset's own line where none does.
 */
export function lineOfCheck(text: string, assetLine: number, name: string): number {
  const lines = text.split("\n");
  const [, call, columns = ""] = /^(\w+)\((.*)\)$/.exec(name) ?? [];
  const isNamed = (line: string) => new RegExp(`["'\`]${escaped(name)}["'\`]`).test(line);
  const isCalled = (line: string) =>
    call !== undefined &&
    line.includes(`${call}(`) &&
    columns.split(",").every(it => new RegExp(`["'\`]${escaped(it.trim())}["'\`]`).test(line));
  const at = lines.slice(assetLine).findIndex(line => isNamed(line) || isCalled(line));
  return at < 0 ? assetLine : assetLine + at;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
