import { describe, expect, test } from "vitest";
import type { AutomationSummary, TickSummary } from "../../../src/model/automationState.ts";
import {
  localTime,
  standings,
  wordsOfAutomation,
  wordsOfAutomations,
  wordsOfDaemon,
  wordsOfTicks,
} from "../../../src/vscode/trees/automationWords.ts";

const now = Date.parse("2026-02-03T12:00:00Z");
const clock = { locale: "en-GB", timeZone: "Europe/Berlin" };

describe("an automation in words", () => {
  test("says what is to come by the clock on the wall, what was, and that it is on", () => {
    expect(words({ nextTickAt: "2026-02-03T14:00:00Z" })).toBe("next 15:00 · no tick yet · on");
    expect(
      words({ lastTick: tickOf({ runIds: ["7"], status: "requested", reason: "oslo.csv is new" }) }),
    ).toBe("files incoming/*.csv · requested 1 run: oslo.csv is new 2 min ago · on");
    expect(words({ kind: "condition", when: "eager" })).toBe("no tick yet · on");
  });

  test("says first what differs from its code, and that nothing is to come of what is off", () => {
    expect(words({ isOn: false, nextTickAt: null })).toBe("off");
    expect(words({ isOn: false, switched: false, lastTick: tickOf({}) })).toBe(
      "off by hand · no new files 2 min ago",
    );
    expect(words({ switched: true })).toBe("on by hand · files incoming/*.csv · no tick yet");
  });

  test("says first that it fails, with the first line of why, unless it is off", () => {
    const lastTick = tickOf({
      status: "failed",
      error: errorOf("no column city\n    at row 7"),
      reason: null,
    });
    expect(words({ lastTick })).toBe("failing · files incoming/*.csv · failed: no column city 2 min ago");
    expect(words({ lastTick, isOn: false })).toMatch(/^off · failed/);
  });

  test("is told by a shape of its own in each state, for whoever sees no colours", () => {
    const shapes = Object.values(standings).map(it => it.codicon);
    expect(new Set(shapes).size).toBe(shapes.length);
  });

  test("of several counts those that want attention", () => {
    const failing = automationOf({ lastTick: tickOf({ status: "failed" }) });
    const all = [automationOf({}), failing, automationOf({ isOn: false })];
    expect(wordsOfAutomations(all)).toBe("3 · 1 failing · 1 off");
    expect(wordsOfAutomations([automationOf({})])).toBe("1");
  });
});

describe("a tick in words", () => {
  test("stands for those that came to nothing in the same way", () => {
    expect(wordsOfTicks(tickOf({ evaluations: 1_200 }), now, clock)).toBe(
      "no new files · 1,200 times until 12:58:00",
    );
    expect(wordsOfTicks(tickOf({ runIds: ["1", "2"] }), now, clock)).toBe("requested 2 runs: no new files");
  });
});

describe("a daemon in words", () => {
  const leader = { name: "daemon", host: "mill", pid: 4711, since: "2026-02-03T11:58:00Z" };

  test("leads since when, with how many others", () => {
    expect(wordsOfDaemon({ leader, daemons: 1, workers: 0 }, now)).toBe("on mill, started 2 min ago");
    expect(wordsOfDaemon({ leader, daemons: 3, workers: 1 }, now)).toBe(
      "on mill, started 2 min ago · leads 3 daemons · 1 worker",
    );
  });

  test("is missed where nobody leads, also beside workers", () => {
    expect(wordsOfDaemon({ leader: null, daemons: 0, workers: 2 }, now)).toBe(
      "not running, so nothing happens by itself · 2 workers",
    );
    expect(wordsOfDaemon(null, now)).toBe("");
  });
});

test("a time names its day only where that is not today on the wall's calendar", () => {
  expect(localTime("2026-02-03T22:59:00Z", now, clock)).toBe("23:59");
  expect(localTime("2026-02-03T23:00:00Z", now, clock)).toBe("4 Feb, 00:00");
});

function words(parts: Partial<AutomationSummary>): string {
  return wordsOfAutomation(automationOf(parts), now, clock);
}

function automationOf(parts: Partial<AutomationSummary>): AutomationSummary {
  return {
    kind: "sensor",
    name: "new_files",
    description: null,
    selection: null,
    trigger: null,
    when: "files incoming/*.csv",
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
    kind: "sensor",
    name: "new_files",
    id: "1",
    at: "2026-02-03T11:58:00Z",
    startedAt: "2026-02-03T11:58:00Z",
    endedAt: "2026-02-03T11:58:00Z",
    evaluations: 1,
    status: "skipped",
    cursorBefore: null,
    cursorAfter: null,
    reason: "no new files",
    error: null,
    runIds: [],
    log: [],
    details: null,
    ...parts,
  };
}

function errorOf(message: string) {
  return { message, file: null, line: null, column: null, stack: null };
}
