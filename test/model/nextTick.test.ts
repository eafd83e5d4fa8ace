import { describe, expect, test } from "vitest";
import type { AutomationTrigger } from "../../src/model/automationNode.ts";
import type { AutomationSummary, TickSummary } from "../../src/model/automationState.ts";
import { afterTicks, nextTickAt } from "../../src/model/nextTick.ts";

const now = Date.parse("2026-02-03T12:00:00Z");
const daily: AutomationTrigger = {
  kind: "cron",
  crons: ["0 6 * * *"],
  timezone: "Europe/Berlin",
  missed: "latest",
  partitions: null,
};

describe("the next tick", () => {
  test("of a schedule is told by its own zone", () => {
    expect(nextTickAt(daily, null, now)).toBe("2026-02-04T05:00:00.000Z");
  });

  test("of what is looked at again and again follows the last one, and is never in the past", () => {
    const trigger: AutomationTrigger = { kind: "interval", everySeconds: 30 };
    expect(nextTickAt(trigger, tickOf({ endedAt: "2026-02-03T11:59:50Z" }), now)).toBe(
      "2026-02-03T12:00:20.000Z",
    );
    expect(nextTickAt(trigger, tickOf({ endedAt: "2026-02-03T09:00:00Z" }), now)).toBe(
      "2026-02-03T12:00:00.000Z",
    );
  });

  test("of what something must happen for is known to nobody", () => {
    const file: AutomationTrigger = { kind: "file", patterns: ["*.csv"], settleMs: 50, everySeconds: 30 };
    expect(nextTickAt(file, null, now)).toBeNull();
  });
});

describe("an automation after its ticks", () => {
  test("has the newest of them, its cursor, and another next one", () => {
    const after = afterTicks(schedule({}), [tickOf({ id: "1" }), tickOf({ id: "2", cursorAfter: "b" })], now);
    expect(after).toMatchObject({ cursor: "b", nextTickAt: "2026-02-04T05:00:00.000Z" });
    expect(after.lastTick?.id).toBe("2");
  });

  test("waits for none while it is off", () => {
    expect(afterTicks(schedule({ isOn: false }), [tickOf({})], now).nextTickAt).toBeNull();
  });

  test("does not go back when news is older than what is known", () => {
    const before = schedule({ lastTick: tickOf({ id: "10" }) });
    expect(afterTicks(before, [tickOf({ id: "9" })], now)).toBe(before);
  });

  test("is the same one when others were evaluated", () => {
    const before = schedule({});
    expect(afterTicks(before, [tickOf({ name: "hourly" }), tickOf({ kind: "sensor" })], now)).toBe(before);
  });
});

function schedule(parts: Partial<AutomationSummary>): AutomationSummary {
  return {
    kind: "schedule",
    name: "daily",
    description: null,
    selection: null,
    trigger: daily,
    when: "0 6 * * * (Europe/Berlin)",
    isOn: true,
    switched: null,
    cursor: null,
    nextTickAt: null,
    lastTick: null,
    file: null,
    line: null,
    ...parts,
  };
}

function tickOf(parts: Partial<TickSummary>): TickSummary {
  return {
    kind: "schedule",
    name: "daily",
    id: "1",
    at: "2026-02-03T05:00:00Z",
    startedAt: "2026-02-03T05:00:00Z",
    endedAt: "2026-02-03T05:00:00Z",
    evaluations: 1,
    status: "skipped",
    cursorBefore: null,
    cursorAfter: null,
    reason: null,
    error: null,
    runIds: [],
    log: [],
    details: null,
    ...parts,
  };
}
