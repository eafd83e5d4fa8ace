import type { Problem } from "../model/problem.ts";
import { linesOf } from "./lines.ts";

/** What a manifest's text holds: undefined where it holds no JSON. */
export interface ManifestText {
  readonly value: unknown;
  readonly problem: Problem | null;
}

/** Parses the text of a `manifest.json`, also one that was caught while it was being written; never throws. */
export function parseManifestText(text: string, file: string): ManifestText {
  const bare = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const { value, error } = parsed(bare);
  if (error === null) return { value, problem: null };
  if (bare.trim() === "") return { value, problem: problem(0, `${file} is empty. ${again}`) };

  // Python writes NaN and Infinity, which are no JSON.
  const strict = bare.replace(notJson, found => (found.startsWith('"') ? found : "null"));
  const retried = strict === bare ? { value, error } : parsed(strict);
  if (retried.error === null) return { value: retried.value, problem: null };

  const at = position(retried.error, strict);
  const whole = /after JSON/.test(retried.error) ? parsed(strict.slice(0, at)) : null;
  if (whole?.error === null) {
    const message = `${file} goes on after its end, as a file does that was written over a longer one. What stands before is used. ${again}`;
    return { value: whole.value, problem: problem(at, message, "warning") };
  }
  const isCut = /end of JSON|Unterminated/.test(retried.error);
  const message = isCut
    ? `${file} ends in the middle: dbt is writing it, or was stopped. ${again}`
    : `${file} is no JSON (${retried.error.replace(/\s+/g, " ").slice(0, 120)}). ${again}`;
  return { value: undefined, problem: problem(at, message) };

  function problem(offset: number, message: string, severity: Problem["severity"] = "error"): Problem {
    return { file, ...linesOf(bare).position(offset), severity, message };
  }
}

const again = 'Run "dbt parse" to write it anew.';
const notJson = /"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g;

function parsed(text: string): { value: unknown; error: string | null } {
  try {
    return { value: JSON.parse(text), error: null };
  } catch (error) {
    return { value: undefined, error: (error as Error).message };
  }
}

/** Where the parser gave up, as its message says; a text that ends too early has no position. */
function position(message: string, { length }: string): number {
  const found = /position (\d+)/.exec(message)?.[1];
  return found === undefined ? length : Math.min(Number(found), length);
}
