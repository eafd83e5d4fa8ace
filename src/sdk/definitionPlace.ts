/** Where a definition is written: an absolute path, line and column 1-based. */
export interface DefinitionPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The first place a stack names; null when it names none. Takes `definedAt` as well as a DefinitionError. */
export function definitionPlace(error: Error): DefinitionPlace | null {
  for (const line of (error.stack ?? "").split("\n")) {
    const frame = /^\s+at (.*)$/.exec(line)?.[1];
    if (frame === undefined || frame.includes("node:internal")) continue;
    const location = /^.*? \((.*)\)$/.exec(frame)?.[1] ?? frame.replace(/^async /, "");
    const [, file, row, column] = /^(.+):(\d+):(\d+)$/.exec(location) ?? [];
    if (file !== undefined) return { file: filePath(file), line: Number(row), column: Number(column) };
  }
  return null;
}

export function placeInWords({ file, line }: DefinitionPlace): string {
  return `${file}:${line}`;
}

/** A stack names ES modules by URL. */
function filePath(file: string): string {
  if (!file.startsWith("file://")) return file;
  const path = decodeURIComponent(new URL(file).pathname);
  return /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path;
}
