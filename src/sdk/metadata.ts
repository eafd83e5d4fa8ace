import type { MetadataValue } from "./context.ts";
import { inWords } from "./inWords.ts";

/** Adds facts to what is recorded with a materialization; a fact said again replaces the one before. */
export function recordMetadata(
  recorded: Record<string, MetadataValue>,
  facts: Readonly<Record<string, MetadataValue>>,
): void {
  for (const [name, value] of Object.entries(facts)) {
    if (!isMetadataValue(value)) {
      throw new TypeError(
        `The metadata "${name}" is ${inWords(value)}. Give a text, a number, true, false, null or a Date.`,
      );
    }
    recorded[name] = value;
  }
}

/** A data version as somebody may give it: a short text, not a whole document. */
export function checkedDataVersion(version: unknown): string {
  if (typeof version === "string" && version !== "" && version.length <= longestVersion) return version;
  const what = typeof version === "string" && version !== "" ? "longer than" : `${inWords(version)}, and not`;
  throw new TypeError(
    `The data version is ${what} a text of at most ${longestVersion} characters. Give a short one, such as a digest.`,
  );
}

const longestVersion = 200;

function isMetadataValue(value: unknown): value is MetadataValue {
  return value === null || value instanceof Date || ["string", "number", "boolean"].includes(typeof value);
}
