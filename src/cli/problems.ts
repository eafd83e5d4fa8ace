import type { Problem } from "../model/problem.ts";
import { errorColor } from "./terminal.ts";

const marks = { error: errorColor.red("✗"), warning: errorColor.yellow("!"), info: errorColor.dim("i") };

/** One line on standard error, in the form that terminals turn into a link. */
export function printProblem({ file, line, column, severity, message }: Problem): void {
  process.stderr.write(`${marks[severity]} ${file}:${line}:${column} ${message}\n`);
}
