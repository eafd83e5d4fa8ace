import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { defineFreshness } from "../../src/model/freshnessDefinition.ts";
import { type FreshnessPolicy, type FreshnessState, freshnessAt } from "../../src/model/freshness.ts";

interface FreshnessCase {
  id: string;
  given: { policy: OraclePolicy | null; last_materialization: string | null; now: string };
  expect: { error: true } | (typeof states)[FreshnessState];
  millrace?: "differs";
}

type OraclePolicy =
  | { kind: "time_window"; fail_seconds: number; warn_seconds?: number | null }
  | { kind: "cron"; deadline_cron: string; lower_bound_seconds: number; timezone?: string };

const states = {
  pass: "PASS",
  warn: "WARN",
  fail: "FAIL",
  unknown: "UNKNOWN",
  notApplicable: "NOT_APPLICABLE",
} as const satisfies Record<FreshnessState, string>;

const folder = process.env.ORACLE_DIR ?? "test/oracle";
const cases = readdirSync(folder)
  .filter(name => name.endsWith(".json"))
  .map(
    name => JSON.parse(readFileSync(join(folder, name), "utf8")) as { topic: string; cases: FreshnessCase[] },
  )
  .filter(it => it.topic === "freshness")
  .flatMap(it => it.cases);

test("there are vectors to answer", () => {
  expect(cases.length).toBeGreaterThan(0);
});

describe("an asset is as fresh as the vectors say", () => {
  for (const { id, given, expect: expected, millrace } of cases) {
    test(`${id}: ${given.policy?.kind ?? "no policy"}`, () => {
      const ours = answer(given);
      if (millrace !== "differs") expect(ours).toEqual(expected);
    });
  }
});

function answer({ policy, last_materialization, now }: FreshnessCase["given"]): FreshnessCase["expect"] {
  const defined = policy === null ? { definition: null } : defineFreshness(ourPolicy(policy));
  if ("faults" in defined) return { error: true };
  const last = last_materialization === null ? null : Date.parse(last_materialization);
  return states[freshnessAt(defined.definition, last, Date.parse(now)).state];
}

function ourPolicy(theirs: OraclePolicy): FreshnessPolicy {
  if (theirs.kind === "time_window") {
    return { kind: "timeWindow", failSeconds: theirs.fail_seconds, warnSeconds: theirs.warn_seconds ?? null };
  }
  return {
    kind: "cron",
    deadlineCron: theirs.deadline_cron,
    lowerBoundSeconds: theirs.lower_bound_seconds,
    timezone: theirs.timezone ?? "UTC",
  };
}
