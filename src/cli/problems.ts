import type { Problem } from "../model/problem.ts";
import { color } from "./terminal.ts";

const marks = { error: color.red("✗"), warning: color.yellow("!"), info: color.dim("i") };

/** One line on standard error, in the form that terminals turn into a link. */
export function printProblem({ file, line, column, severity, message }: Problem): void {
  process.stderr.write(`${marks[severity]} ${file}:${line}:${column} ${message}\n`);
}
