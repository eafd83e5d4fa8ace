import * as forms from "../model/conditionForms.ts";
import { cronInWords, ownCondition, ruleInWords } from "../model/conditionWords.ts";
import { secondsOf } from "../model/duration.ts";
import { freshnessInWords } from "../model/freshnessWords.ts";
import { type Constants, literalFields, literalText } from "./literals.ts";
import type { Expression } from "./syntax.ts";

/** A condition as one reads it, "eager", from the call that makes it; null when the SDK's name makes none. */
export function conditionOfCall(
  sdkName: string,
  [first, options]: readonly Expression[],
  constants: Constants,
): string | null {
  if (sdkName === "eager") return ruleInWords(forms.eager());
  if (sdkName === "onMissing") return ruleInWords(forms.onMissing());
  if (sdkName === "onCron") {
    const cron = literalText(first, constants);
    return cron === null ? "on cron" : ruleInWords(forms.onCron(cron, zoneIn(options, constants)));
  }
  return composing.has(sdkName) ? ownCondition : null;
}

/** The words after a method of a condition was called: its label, or the same where only upstream assets are chosen. */
export function changedCondition(
  words: string,
  method: string,
  [first]: readonly Expression[],
  constants: Constants,
): string {
  if (method === "labelled") return literalText(first, constants) ?? ownCondition;
  return method === "allow" || method === "ignore" ? words : ownCondition;
}

/** A freshness policy as one reads it, "within 1 d", from the call that makes it; null when it makes none. */
export function freshnessOfCall(
  sdkName: string,
  [first, options]: readonly Expression[],
  constants: Constants,
): string | null {
  const text = literalText(first, constants);
  if (sdkName === "freshWithin") {
    const failSeconds = secondsOf(text ?? (first?.type === "NumericLiteral" ? first.value : null));
    return failSeconds === null
      ? "within a time"
      : freshnessInWords({ kind: "timeWindow", failSeconds, warnSeconds: null });
  }
  if (sdkName !== "freshBy") return null;
  return text === null
    ? "by a deadline"
    : `by ${cronInWords({ cron: text, timezone: zoneIn(options, constants) })}`;
}

function zoneIn(options: Expression | undefined, constants: Constants): string {
  return literalText(literalFields(options, constants)?.fields.get("timezone")?.value, constants) ?? "UTC";
}

/** What else of the SDK makes a condition. */
const composing: ReadonlySet<string> = new Set([
  "and",
  "or",
  "not",
  "anyDeps",
  "allDeps",
  "assetMatches",
  "anyDepsUpdated",
  "anyDepsMissing",
  "anyDepsInProgress",
  "allDepsUpdatedSinceCron",
  "allDepsBlockingChecksPassed",
  "anyDownstreamConditions",
  "missing",
  "inProgress",
  "failed",
  "newlyUpdated",
  "newlyRequested",
  "willBeRequested",
  "initialEvaluation",
  "codeVersionChanged",
  "checksPassed",
  "cronTickPassed",
  "inLatestTimeWindow",
]);
