import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { timeWindows } from "../../src/model/timeWindows.ts";
import { aMoment, aTimeDefinition } from "../support/partitionsArbitrary.ts";
import { windowsByHand } from "../support/windowsByHand.ts";

const hour = 3_600_000;

describe("windows of time in every zone", () => {
  test("a key leads to the window that is written so, and to no other", () => {
    const property = fc.property(aTimeDefinition, aMoment, fc.nat(), (definition, now, seed) => {
      const windows = timeWindows(definition, now);
      const index = (seed % (windows.count + 20)) - 10;
      const key = windows.keyAt(index);
      expect(windows.indexOfAny(key)).toBe(index);
      expect(windows.indexOf(key)).toBe(index >= 0 && index < windows.count ? index : null);
    });
    fc.assert(property, { numRuns: 200 });
  });

  test("an instant is in the window that begins before it and ends after it", () => {
    const property = fc.property(aTimeDefinition, aMoment, aMoment, (definition, now, instant) => {
      const windows = timeWindows(definition, now);
      const index = windows.indexAt(instant);
      const { from, to } = windows.overlapping({ start: instant, end: instant + 1 });
      if (index === null) expect(to).toBe(from);
      else {
        const { start, end } = windows.windowAt(index);
        expect([start <= instant, instant < end]).toEqual([true, true]);
        expect([from, to]).toEqual([index, index + 1]);
      }
    });
    fc.assert(property, { numRuns: 200 });
  });

  test("windows come in order, do not overlap, and are stretches of time together", () => {
    const property = fc.property(aTimeDefinition, fc.integer({ min: -20, max: 200 }), (definition, from) => {
      const windows = timeWindows(definition, 0);
      const all = Array.from({ length: 30 }, (_, i) => windows.windowAt(from + i));
      const joined: { start: number; end: number }[] = [];
      for (const { start, end } of all) {
        const last = joined.at(-1);
        expect(start).toBeLessThan(end);
        expect(start).toBeGreaterThanOrEqual(last?.end ?? start);
        if (last?.end === start) last.end = end;
        else joined.push({ start, end });
      }
      expect(windows.stretches({ from, to: from + 30 })).toEqual(joined);
      expect(
        windows.startingIn((all[0] as { start: number }).start, (all[29] as { end: number }).end),
      ).toEqual({
        from,
        to: from + 30,
      });
    });
    fc.assert(property, { numRuns: 150 });
  });

  test("those exist that a plain list of all windows has", () => {
    const property = fc.property(aTimeDefinition, fc.integer({ min: -3, max: 40 }), (definition, days) => {
      const start = Date.parse(`${definition.start}Z`);
      const now = start + days * 24 * hour + 12_345;
      const exclusions = definition.exclusions.filter(it => "cron" in it);
      const { timezone, endOffset, keyFormat, cron } = definition;
      const given = {
        timezone,
        exclusions,
        cron,
        start: definition.start,
        end_offset: endOffset,
        key_format: keyFormat,
      };
      const { existing } = windowsByHand({ ...given, kind: "cron" }, now, []);
      const windows = timeWindows(definition, now);
      expect(
        Array.from({ length: windows.count }, (_, i) => ({ key: windows.keyAt(i), ...windows.windowAt(i) })),
      ).toEqual(existing);
    });
    fc.assert(property, { numRuns: 10 });
  });
});
