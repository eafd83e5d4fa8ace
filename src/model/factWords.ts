import type { Condition, FactCondition, FactKind } from "./condition.ts";

/** What is asked of an asset, in words. */
interface FactWords {
  /** As a part of a rule, behind the asset that is asked: "missing". */
  readonly asked: string;
  /** As a sentence about it: "is missing". */
  readonly is: string;
  readonly isNot: string;
}

/** The words of everything that a rule can ask of an asset. */
export const factWords: Readonly<Record<FactKind, FactWords>> = {
  missing: { asked: "missing", is: "is missing", isNot: "is not missing" },
  inProgress: { asked: "in progress", is: "is in progress", isNot: "is not in progress" },
  failed: { asked: "failed last time", is: "failed last time", isNot: "did not fail last time" },
  newlyUpdated: {
    asked: "updated since the daemon last looked",
    is: "was updated",
    isNot: "was not updated since the daemon last looked",
  },
  newlyRequested: {
    asked: "requested when the daemon last looked",
    is: "was requested when the daemon last looked",
    isNot: "was not requested when the daemon last looked",
  },
  willBeRequested: {
    asked: "requested right now, for the same run",
    is: "is requested too",
    isNot: "is not requested for the same run",
  },
  madeTogether: {
    asked: "made by the same run as this asset",
    is: "was made by the same run",
    isNot: "was made by another run",
  },
  initialEvaluation: {
    asked: "new: the daemon looks at its rule for the first time",
    is: "has a rule that the daemon looks at for the first time",
    isNot: "has a rule that the daemon has looked at before",
  },
  codeVersionChanged: {
    asked: "made by other code than it has now",
    is: "was made by other code than it has now",
    isNot: "was made by the code that it has now",
  },
};

export function isFact(condition: Condition): condition is FactCondition {
  return Object.hasOwn(factWords, condition.kind);
}
