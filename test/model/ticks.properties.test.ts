import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseCron } from "../../src/model/cron.ts";
import { cronTicks } from "../../src/model/schedule.ts";
import { changesOfClocks } from "../support/clockChanges.ts";
import { ticksByHand } from "../support/ticksByHand.ts";

const aCron = fc.constantFrom(
  "0 * * * *",
  "*/15 * * * *",
  "45 * * * *",
  "7,8,30 * * * 1-5",
  "0 0 * * *",
  "30 1 * * *",
  "0 2 * * *",
  "15 0 * * *",
  "59 23 * * *",
  "0 2,3 * * *",
  "*/20 1-3 * * *",
  "0 */2 * * *",
  "30 */6 * * 0,3",
  "0 6,18 * * *",
  "0 0 * * 0",
  "30 2 * * 0",
  "0 0 1,15 * *",
  "10 1 13 * 5",
  "0 0 31 * *",
  "0 3 1 */3 *",
);
const aChange = fc.constantFrom(...changesOfClocks);
const hour = 3_600_000;

describe("ticks and changes of the clocks", () => {
  test("a cron fires exactly when a look at the clock in every minute says so", () => {
    const property = fc.property(aCron, aChange, fc.integer({ min: -40, max: 12 }), (text, change, hours) => {
      const from = Date.parse(change.at) + hours * hour + 1;
      const to = from + 40 * hour;
      expect(ticksBetween(text, change.zone, from, to)).toEqual(ticksByHand(text, change.zone, from, to));
    });
    fc.assert(property, { numRuns: 150 });
  });

  test("the number of a tick leads to it, and it is the last one until the next", () => {
    const property = fc.property(
      aCron,
      aChange,
      fc.integer({ min: -20_000, max: 20_000 }),
      (text, { zone, at }, hours) => {
        const ticks = cronTicks(cron(text), zone);
        const instant = Date.parse(at) + hours * hour;
        const number = ticks.countUntil(instant);
        const [tick, next] = [ticks.at(number), ticks.at(number + 1)];
        expect(tick).toBeLessThanOrEqual(instant);
        expect(next).toBeGreaterThan(instant);
        expect([ticks.countUntil(tick), ticks.countUntil(next - 1), ticks.countUntil(next)]).toEqual([
          number,
          number,
          number + 1,
        ]);
      },
    );
    fc.assert(property, { numRuns: 500 });
  });
});

function ticksBetween(text: string, zone: string, from: number, to: number) {
  const ticks = cronTicks(cron(text), zone);
  const [first, last] = [ticks.countUntil(from - 1) + 1, ticks.countUntil(to)];
  return Array.from({ length: last - first + 1 }, (_, i) => ticks.at(first + i));
}

function cron(text: string) {
  const parsed = parseCron(text);
  if ("error" in parsed) throw new Error(parsed.error);
  return parsed.cron;
}
