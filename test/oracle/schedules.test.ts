import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseSchedule } from "../../src/model/schedule.ts";
import { ticksByHand } from "../support/ticksByHand.ts";

interface ScheduleCase {
  id: string;
  given: { cron: string | string[]; timezone: string; from: string };
  expect: number[] | { error: true };
  millrace?: "differs";
  reason?: string;
}

const folder = process.env.ORACLE_DIR ?? "test/oracle";
const cases = readdirSync(folder)
  .filter(name => name.endsWith(".json"))
  .map(
    name => JSON.parse(readFileSync(join(folder, name), "utf8")) as { topic: string; cases: ScheduleCase[] },
  )
  .filter(it => it.topic === "schedules")
  .flatMap(it => it.cases);

test("there are vectors to answer", () => {
  expect(cases.length).toBeGreaterThan(0);
});

describe("a schedule fires when the vectors say", () => {
  for (const { id, given, expect: expected, millrace } of cases) {
    test(`${id}: ${[given.cron].flat().join(" | ")} in ${given.timezone}`, () => {
      const differs = millrace === "differs" || isBesideHalfAnHour(given);
      expect(firstTen(given)).toEqual(differs ? byHand(given) : expected);
    });
  }
});

function firstTen({ cron, timezone, from }: ScheduleCase["given"]) {
  const parsed = parseSchedule(cron, timezone);
  if ("error" in parsed) return { error: true };
  const ticks: number[] = [];
  for (const tick of parsed.schedule.ticksBetween(Date.parse(from), Number.POSITIVE_INFINITY)) {
    if (ticks.push(tick / 1000) === 10) break;
  }
  return ticks;
}

/**
 * Beside a change of half an hour the other program fires hourly crons at a minute that they do not name.
 * Some such vectors are told apart by their tag, those of "@hourly" and of several crons are not.
 */
function isBesideHalfAnHour({ cron, timezone }: ScheduleCase["given"]) {
  return timezone === "Australia/Lord_Howe" && [cron].flat().some(isHourly);
}

function isHourly(cron: string) {
  return /^\S+ \* \* \* \*$|^@hourly$/.test(cron);
}

/** Where the other program errs at a change of the clocks, the rule itself says what is right. */
function byHand({ cron, timezone, from }: ScheduleCase["given"]) {
  const start = Date.parse(from);
  const days = [cron].flat().some(isHourly) ? 2 : 60;
  const ticks = [cron].flat().flatMap(it => ticksByHand(it, timezone, start, start + days * 86_400_000));
  return [...new Set(ticks)]
    .sort((a, b) => a - b)
    .slice(0, 10)
    .map(it => it / 1000);
}
