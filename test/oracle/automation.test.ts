import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseSchedule } from "../../src/model/schedule.ts";
import { type OracleAutomation, playSteps } from "../support/oracleAutomation.ts";

interface AutomationCase {
  id: string;
  given: OracleAutomation;
  expect: { step: number; requested: [string, string | null][] }[];
  millrace?: "differs";
  reason?: string;
}

const folder = process.env.ORACLE_DIR ?? "test/oracle";
const cases = readdirSync(folder)
  .filter(name => name.endsWith(".json"))
  .map(
    name =>
      JSON.parse(readFileSync(join(folder, name), "utf8")) as { topic: string; cases: AutomationCase[] },
  )
  .filter(it => it.topic === "automation")
  .flatMap(it => it.cases);

test("there are vectors to answer", () => {
  expect(cases.length).toBeGreaterThan(0);
});

describe("conditions request what the vectors say", () => {
  for (const { id, given, expect: expected, millrace } of cases) {
    const [condition] = given.assets.flatMap(it => it.condition?.op ?? []).slice(-1);
    test(`${id}: ${condition}`, () => {
      const ours = playSteps(given);
      // Ours is other than theirs from the tick on that comes after one that met the instant of an evaluation.
      const same = millrace === "differs" ? ticksBeforeTie(given) : expected.length;
      expect(ours.length).toBe(expected.length);
      expect(ours.slice(0, same)).toEqual(expected.slice(0, same));
    });
  }
});

/** How many evaluations there are up to the first at whose instant a cron ticks, which they count twice. */
function ticksBeforeTie({ assets, steps }: OracleAutomation): number {
  const crons = assets.flatMap(it => cronsIn(it.condition));
  const instants = steps.filter(it => it.do === "evaluate").map(it => Date.parse(it.at));
  const tie = instants.findIndex(instant =>
    crons.some(({ cron, timezone }) => {
      const parsed = parseSchedule(cron, timezone);
      return "schedule" in parsed && parsed.schedule.tickAtOrBefore(instant) === instant;
    }),
  );
  return tie < 0 ? 0 : tie + 1;
}

function cronsIn(condition: unknown): { cron: string; timezone: string }[] {
  if (typeof condition !== "object" || condition === null) return [];
  const { cron, timezone = "UTC" } = condition as { cron?: string; timezone?: string };
  return [...(cron === undefined ? [] : [{ cron, timezone }]), ...Object.values(condition).flatMap(cronsIn)];
}
