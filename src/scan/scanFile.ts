import type { Problem } from "../model/problem.ts";
import type { FileScan } from "./fileScan.ts";
import { hiddenDefinitions } from "./hiddenDefinitions.ts";
import { type Lines, linesOf } from "./lines.ts";
import { parseText } from "./parseText.ts";
import { readConstants, readModule } from "./readModule.ts";
import type { Reading } from "./readValue.ts";
import { declaresWith, readSdkNames, sdkModule } from "./sdkNames.ts";
import type { Program } from "./syntax.ts";
import { unexported } from "./unexported.ts";

/** Files above this are data, not definitions. */
export const largestFile = 2 * 1024 * 1024;

/** Reads one TypeScript or JavaScript file; `file` is relative to the root. Executes nothing, never throws. */
export function scanFile(text: string, file: string): FileScan {
  if (text.length > largestFile) return tooLarge(file);
  if (text.includes("\0")) {
    return unreadable(file, "The file is binary, so the scan does not read it. Save it as UTF-8 text.");
  }
  try {
    const bare = text.startsWith("\uFEFF") ? text.slice(1) : text;
    const lines = linesOf(bare);
    const { program, problem } = parseText(bare, file, lines);
    if (program === null) return { ...nothing(file, problem), declares: mentionsSdk(text) };
    const scan = readProgram(program, bare, file, lines, problem === null);
    if (problem === null) return scan;
    // What could not be read may be the import itself.
    const declares = scan.declares || mentionsSdk(text);
    return { ...scan, declares, problems: [problem, ...scan.problems], broken: true };
  } catch (error) {
    return unreadable(file, `The scan cannot read this file (${(error as Error).message}). Simplify it.`);
  }
}

/** A fast test, before anything is parsed: can this text import the SDK? */
export function mentionsSdk(text: string): boolean {
  return text.includes(`"${sdkModule}"`) || text.includes(`'${sdkModule}'`);
}

/** Stands for a file that is not read as text, with the reason as its one problem. */
export function unreadable(file: string, message: string): FileScan {
  return nothing(file, { file, line: 1, column: 1, severity: "warning", message });
}

/** Stands for a file above the limit. */
export function tooLarge(file: string): FileScan {
  return unreadable(file, "The file is larger than 2 MB, so the scan does not read it. Split it.");
}

function nothing(file: string, problem: Problem | null): FileScan {
  return {
    file,
    declares: false,
    definitions: [],
    automations: [],
    namedKeys: [],
    names: new Map(),
    exports: new Map(),
    exportsAllOf: [],
    problems: problem === null ? [] : [problem],
    broken: true,
  };
}

function readProgram(program: Program, text: string, file: string, lines: Lines, isWhole: boolean): FileScan {
  const sdk = readSdkNames(program);
  const reading: Reading = {
    file,
    lines,
    sdk,
    constants: readConstants(program),
    definitions: [],
    automations: [],
    namedKeys: [],
    problems: [],
    calls: new Map(),
  };
  const module = readModule(program, reading);
  const { definitions, automations, namedKeys, problems } = reading;
  const hidden = hiddenDefinitions(program, reading, text);
  // Where a part of the text could not be read, nobody knows what it exports.
  const kept = isWhole ? unexported(program, reading) : [];
  return {
    file,
    declares: declaresWith(sdk),
    definitions,
    automations,
    namedKeys,
    ...module,
    problems: [...problems, ...hidden, ...kept],
    broken: false,
  };
}
