import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type FreshnessPolicy, freshnessAt, measuredEvery, neverLoaded } from "../../src/model/freshness.ts";
import { defineFreshness } from "../../src/model/freshnessDefinition.ts";

const aPolicy: fc.Arbitrary<FreshnessPolicy> = fc.oneof(
  fc.record({ failSeconds: fc.integer({ min: 120, max: 100_000 }), warns: fc.boolean() }).map(
    ({ failSeconds, warns }): FreshnessPolicy => ({
      kind: "timeWindow",
      failSeconds,
      warnSeconds: warns ? failSeconds - 60 : null,
    }),
  ),
  fc
    .record({
      deadlineCron: fc.constantFrom("0 9 * * *", "30 2 * * 1-5", "0 */6 * * *"),
      lowerBoundSeconds: fc.constantFrom(60, 3600, 21_600),
      timezone: fc.constantFrom("UTC", "Europe/Berlin", "America/New_York"),
    })
    .map((it): FreshnessPolicy => ({ kind: "cron", ...it })),
);
const anInstant = fc.integer({ min: Date.UTC(2026, 2, 1), max: Date.UTC(2026, 3, 15) });

describe("how fresh an asset is", () => {
  test("stays the same until the instant that is named, and is another one then", () => {
    const property = fc.property(aPolicy, anInstant, anInstant, fc.nat(1_000_000), (policy, a, b, share) => {
      const [last, now] = [Math.min(a, b), Math.max(a, b)];
      const { state, since, changesAt } = freshnessAt(policy, last, now);
      if (since !== null) expect(since).toBeLessThanOrEqual(now);
      if (changesAt === null) {
        expect(state).toBe("fail");
        return;
      }
      expect(changesAt).toBeGreaterThan(now);
      const later = now + Math.floor(((changesAt - 1 - now) * share) / 1_000_000);
      expect(freshnessAt(policy, last, later).state).toBe(state);
      expect(freshnessAt(policy, last, changesAt).state).not.toBe(state);
    });
    fc.assert(property);
  });

  test("a source that only warns is never overdue, and one without rows is late since nobody knows when", () => {
    const warns: FreshnessPolicy = { kind: "timeWindow", failSeconds: null, warnSeconds: 60 };
    expect(freshnessAt(warns, 1_000, 60_999)).toEqual({ state: "pass", since: 1_000, changesAt: 61_000 });
    expect(freshnessAt(warns, 1_000, 9e12)).toEqual({ state: "warn", since: 61_000, changesAt: null });
    const both: FreshnessPolicy = { kind: "timeWindow", failSeconds: 3600, warnSeconds: 60 };
    expect(freshnessAt(both, neverLoaded, 9e12)).toEqual({ state: "fail", since: null, changesAt: null });
  });

  test("a source is measured well before it may be old, and neither all the time nor hardly ever", () => {
    const every = (failSeconds: number | null, warnSeconds: number | null = null) =>
      measuredEvery({ kind: "timeWindow", failSeconds, warnSeconds }) / 1000;
    expect([every(7_200), every(7_200, 3_600), every(null, 3_600)]).toEqual([1_800, 900, 900]);
    expect([every(60), every(30 * 86_400)]).toEqual([60, 3_600]);
  });

  test("a materialization at the lower bound itself is in time for the deadline, and too early for the next", () => {
    const policy: FreshnessPolicy = {
      kind: "cron",
      deadlineCron: "0 9 * * *",
      lowerBoundSeconds: 3600,
      timezone: "UTC",
    };
    const at = (text: string) => Date.parse(`2026-03-${text}Z`);
    expect(freshnessAt(policy, at("11T08:00"), at("11T08:30"))).toEqual({
      state: "pass",
      since: at("11T08:00"),
      changesAt: at("12T09:00"),
    });
    expect(freshnessAt(policy, at("11T07:59"), at("11T09:30"))).toEqual({
      state: "fail",
      since: at("11T09:00"),
      changesAt: null,
    });
  });

  test("says what is wrong with a policy, all of it at once", () => {
    const defined = defineFreshness({ kind: "timeWindow", failSeconds: 30, warnSeconds: 45 });
    const faults = "faults" in defined ? defined.faults.map(it => it.what) : [];
    expect(faults).toEqual([
      '"failSeconds" of a freshness policy is 30',
      '"warnSeconds" of a freshness policy is 45',
      "It would warn after 45 s, but fail after 30 s already",
    ]);
  });

  test("a lower bound may reach back to the deadline before, on any day of any year, and no further", () => {
    const monthly = (days: number) =>
      defineFreshness({
        kind: "cron",
        deadlineCron: "0 0 1 * *",
        lowerBoundSeconds: days * 86_400,
        timezone: "UTC",
      });
    expect("faults" in monthly(28)).toBe(false);
    expect(JSON.stringify(monthly(29))).toContain("Give at most 2419200 seconds (28 d).");
  });
});
