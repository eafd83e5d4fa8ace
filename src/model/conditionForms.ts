import {
  type Condition,
  type DepsCondition,
  type FactKind,
  partsOf,
  type Quantifier,
  somePartition,
  withParts,
} from "./condition.ts";

/** Requests what became missing or has news upstream, once all that it needs is there (semantics 1.10). */
export function eager(): Condition {
  return {
    kind: "and",
    label: "eager",
    of: [
      latestTimeWindow,
      sinceLastHandled(
        labelled("it became missing, or something upstream was updated", or(newlyMissing, anyDepsUpdated())),
      ),
      not(anyDepsMissing()),
      not(anyDepsInProgress()),
      not(fact("inProgress")),
    ],
  };
}

/** Requests after each tick of a cron, once everything upstream was updated since that tick. */
export function onCron(cron: string, timezone = "UTC"): Condition {
  return {
    kind: "and",
    label: `on cron "${cron}"`,
    of: [
      latestTimeWindow,
      sinceLastHandled({ kind: "cronTickPassed", cron, timezone }),
      allDepsUpdatedSinceCron(cron, timezone),
    ],
  };
}

/** Requests partitions that are added and missing, once all that they need is there. */
export function onMissing(): Condition {
  return {
    kind: "and",
    label: "on missing",
    of: [latestTimeWindow, sinceLastHandled(newlyMissing), not(anyDepsMissing())],
  };
}

/** A trigger that holds until the asset was requested or updated; what was true before the first tick is let be. */
export function sinceLastHandled(trigger: Condition): Condition {
  const reset = or(fact("newlyRequested"), fact("newlyUpdated"), fact("initialEvaluation"));
  return { kind: "since", trigger, reset: labelled(actedOn, reset) };
}

/** Something upstream was updated by a run that did not make this asset too, or is requested together with it. */
export function anyDepsUpdated(): DepsCondition {
  const alone = and(fact("newlyUpdated"), not(fact("madeTogether")));
  return deps(
    "any",
    or(labelled("updated by a run of its own", alone), fact("willBeRequested")),
    "something upstream was updated",
  );
}

export function anyDepsMissing(): DepsCondition {
  return deps("any", and(fact("missing"), not(fact("willBeRequested"))), "something upstream is missing");
}

export function anyDepsInProgress(): DepsCondition {
  return deps("any", fact("inProgress"), "something upstream is in progress");
}

export function allDepsUpdatedSinceCron(cron: string, timezone = "UTC"): DepsCondition {
  const updated: Condition = {
    kind: "since",
    trigger: fact("newlyUpdated"),
    reset: { kind: "cronTickPassed", cron, timezone },
  };
  return deps(
    "all",
    or(updated, fact("willBeRequested")),
    `everything upstream was updated since "${cron}" last ticked`,
  );
}

/** What a run of both is stopped by counts as passed when the two are requested together. */
export function allDepsBlockingChecksPassed(): DepsCondition {
  const passed: Condition = { kind: "checksPassed", blockingOnly: true };
  return deps(
    "all",
    or(passed, fact("willBeRequested")),
    "the blocking checks of everything upstream passed",
  );
}

export function and(...of: readonly Condition[]): Condition {
  return { kind: "and", of: of.flatMap(it => (it.kind === "and" && it.label === undefined ? it.of : [it])) };
}

export function or(...of: readonly Condition[]): Condition {
  return { kind: "or", of: of.flatMap(it => (it.kind === "or" && it.label === undefined ? it.of : [it])) };
}

export function not(of: Condition): Condition {
  return { kind: "not", of };
}

export function fact(kind: FactKind): Condition {
  return { kind };
}

export function deps(
  assets: "any" | "all",
  of: Condition,
  label?: string,
  partitions: Quantifier = somePartition,
): DepsCondition {
  return { kind: "deps", assets, partitions, of, ...(label === undefined ? {} : { label }) };
}

export function labelled(label: string, condition: Condition): Condition {
  return { ...condition, label };
}

/** The same condition, with every part that asks about what is upstream asking about less of it (semantics A9). */
export function restrictDeps(
  condition: Condition,
  which: "only" | "except",
  selections: readonly string[],
): Condition {
  const parts = partsOf(condition);
  const inner =
    parts.length === 0
      ? condition
      : withParts(
          condition,
          parts.map(it => restrictDeps(it, which, selections)),
        );
  return inner.kind === "deps" ? { ...inner, [which]: [...(inner[which] ?? []), ...selections] } : inner;
}

/** The label of what ends a trigger that waits to be acted on. */
export const actedOn = "acted on, or its rule is new";

const latestTimeWindow: Condition = { kind: "inLatestTimeWindow", lookbackSeconds: null };

/** What is missing now and was not at the last tick. */
export const newlyMissing: Condition = { kind: "newlyTrue", of: { kind: "missing" } };
