import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { RunError } from "../model/run.ts";

/**
 * Where in the user's own files an error began: the first line of its stack that lies in the workspace.
 * Node has mapped the stack back to the sources (--enable-source-maps).
 */
export function locateError(error: unknown, root: string): Pick<RunError, "file" | "line" | "column"> {
  const stack = error instanceof Error ? (error.stack ?? "") : "";
  for (const line of stack.split("\n")) {
    const frame = userFrame(line, root);
    if (frame) return frame;
  }
  return { file: null, line: null, column: null };
}

/** An error as it crosses to the engine; its stack keeps only the lines of the user's own files. */
export function toRunError(error: unknown, root: string): RunError {
  if (!(error instanceof Error)) return { message: String(error), ...locateError(error, root), stack: null };
  const lines = (error.stack ?? error.message).split("\n");
  const stack = lines.filter(line => !isFrame(line) || userFrame(line, root)).join("\n");
  const cause = error.cause instanceof Error ? `\nCaused by: ${toRunError(error.cause, root).stack}` : "";
  const place = locateError(error, root);
  const innerPlace = place.file === null && error.cause ? locateError(error.cause, root) : place;
  return { message: error.message, ...innerPlace, stack: stack + cause };
}

function isFrame(line: string): boolean {
  return /^\s+at /.test(line);
}

function userFrame(line: string, root: string): { file: string; line: number; column: number } | null {
  const frame = /(?:\(|at (?:async )?)((?:file:\/\/|\/|[A-Za-z]:\\)[^()]*?):(\d+):(\d+)\)?$/.exec(
    line.trim(),
  );
  if (!frame) return null;
  const [, place = "", row, column] = frame;
  const path = place.startsWith("file://") ? fileURLToPath(place) : place;
  const file = relative(root, path).replaceAll("\\", "/");
  if (file.startsWith("..") || file.includes("node_modules/") || file.startsWith(".millrace/")) return null;
  return { file, line: Number(row), column: Number(column) };
}
