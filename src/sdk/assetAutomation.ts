import type { Condition } from "../model/condition.ts";
import type { FreshnessPolicy } from "../model/freshness.ts";
import { isAutomationCondition } from "./conditions.ts";
import type { DefinitionProblems } from "./definitionError.ts";
import { isFreshness } from "./freshness.ts";
import { inWords } from "./inWords.ts";

/** The rule by which an asset requests itself, or null; `subject` is how messages call it: `asset "raw/orders"`. A rule that is wrong in itself was refused where it is written. */
export function completeAutomation(
  condition: unknown = null,
  subject: string,
  problems: DefinitionProblems,
): Condition | null {
  if (condition === null || isAutomationCondition(condition)) return condition;
  problems.add(
    `"automation" of ${subject} is ${inWords(condition)} instead of a condition`,
    typeof condition === "function" ? "Call it: automation: eager()." : "Write automation: eager().",
  );
  return null;
}

/** How new an asset must be, or null. */
export function completeFreshness(
  policy: unknown = null,
  subject: string,
  problems: DefinitionProblems,
): FreshnessPolicy | null {
  if (policy === null || isFreshness(policy)) return policy;
  const isSpan = typeof policy === "string" || typeof policy === "number";
  problems.add(
    `"freshness" of ${subject} is ${inWords(policy)} instead of a policy`,
    `Write freshness: freshWithin(${isSpan ? JSON.stringify(policy) : '"24 h"'}).`,
  );
  return null;
}
