import { faultOfOption } from "../model/optionNames.ts";
import type { DefinitionProblems } from "./definitionError.ts";
import { inWords } from "./inWords.ts";

/** What people and selections know an asset or a source by. */
export interface Labels {
  readonly description: string | null;
  readonly group: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly owners: readonly string[];
}

/** The labels made complete; `subject` is how messages call their owner: `asset "raw/orders"`. */
export function completeLabels(
  options: Readonly<Record<string, unknown>>,
  subject: string,
  problems: DefinitionProblems,
): Labels {
  const { description = null, group = "default", tags = {}, owners = [] } = options;
  if (description !== null && typeof description !== "string") {
    problems.add(`The description of ${subject} is ${inWords(description)}`, "Write a text.");
  }
  if (typeof group !== "string" || !/^\w+$/.test(group)) {
    problems.add(
      `The group of ${subject} is ${inWords(group)}`,
      'Write one with letters, digits and underscores, such as group: "weather".',
    );
  }
  if (!isRecordOfTexts(tags)) {
    problems.add(`The tags of ${subject} are not names with texts`, 'Write tags: { priority: "high" }.');
  }
  if (!isListOfTexts(owners) || !owners.every(owner => /^(team:.+|[^@\s]+@[^@\s]+)$/.test(owner))) {
    problems.add(
      `The owners of ${subject} are neither e-mail addresses nor teams`,
      'Write owners: ["ada@example.com", "team:weather"].',
    );
  }
  return { description, group, tags, owners } as Labels;
}

/** Says which options do not exist, and what was probably meant. */
export function rejectUnknownOptions(
  options: Readonly<Record<string, unknown>>,
  known: readonly string[],
  subject: string,
  problems: DefinitionProblems,
): void {
  for (const name of Object.keys(options)) {
    const fault = faultOfOption(name, known, subject);
    if (fault) problems.add(fault.what, fault.whatToDo);
  }
}

export function isListOfTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every(it => typeof it === "string" && it !== "");
}

export function isRecordOfTexts(value: unknown): value is Readonly<Record<string, string>> {
  return isRecord(value) && Object.values(value).every(it => typeof it === "string");
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
