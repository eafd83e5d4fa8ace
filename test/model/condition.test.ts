import { describe, expect, test } from "vitest";
import type { AssetKey } from "../../src/model/assetKey.ts";
import type { Condition, Quantifier } from "../../src/model/condition.ts";
import { faultsOfCondition } from "../../src/model/conditionFaults.ts";
import {
  allDepsBlockingChecksPassed,
  and,
  deps,
  eager,
  fact,
  newlyMissing,
  not,
  onMissing,
  or,
  restrictDeps,
  sinceLastHandled,
} from "../../src/model/conditionForms.ts";
import type { PartitionsDefinition } from "../../src/model/partitionsDefinition.ts";
import { automationOf, daily, hourly, requestsOf, Ticker } from "../support/automation.ts";

const cities: PartitionsDefinition = { kind: "static", keys: ["berlin", "paris", "rome"] };
const people: PartitionsDefinition = { kind: "dynamic", name: "people" };

describe("a condition says of how many upstream partitions it must be true", () => {
  const hours = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => `2026-02-01-${String(from + i).padStart(2, "0")}:00`);
  const there = (partitions: Quantifier) => deps("all", not(fact("missing")), undefined, partitions);
  const tickWith = (partitions: Quantifier, made: string[]) => {
    const automation = automationOf(
      "hours → days",
      { days: there(partitions) },
      { hours: hourly, days: daily },
    );
    const ticker = new Ticker(automation);
    if (made.length > 0) ticker.materialize("hours", ...made);
    return ticker.requested();
  };

  test("some is content with one hour of a day", () => {
    expect(tickWith({ kind: "some" }, hours(5, 6))).toBe("days 2026-02-01");
    expect(tickWith({ kind: "some" }, [])).toBe("");
  });

  test("every waits for all hours of a day", () => {
    expect(tickWith({ kind: "every" }, hours(0, 23))).toBe("");
    expect(tickWith({ kind: "every" }, hours(0, 24))).toBe("days 2026-02-01");
  });

  test("at least so many counts the hours of each day by itself", () => {
    expect(tickWith({ kind: "atLeast", count: 6 }, hours(0, 5))).toBe("");
    expect(tickWith({ kind: "atLeast", count: 6 }, hours(3, 9))).toBe("days 2026-02-01");
  });

  test("every is not content while an upstream partition that is needed does not exist", () => {
    const late = { ...hourly, start: "2026-02-01T06:00" } as PartitionsDefinition;
    const automation = automationOf(
      "hours → days",
      { days: there({ kind: "every" }) },
      { hours: late, days: daily },
    );
    const ticker = new Ticker(automation);
    ticker.materialize("hours");
    expect(ticker.requested()).toBe("days 2026-02-02");
  });
});

describe("what a condition remembers", () => {
  test("survives an edit of another part of it", () => {
    const ticker = new Ticker(automationOf("a → b", { b: eager() }));
    ticker.materialize("a");
    ticker.materialize("b");
    ticker.tick();
    ticker.add({ kind: "runStarted", run: "r", targets: [{ asset: "a" as AssetKey }] });
    ticker.materialize("a");
    // In progress: the update is remembered, but nothing is requested yet.
    expect(ticker.requested()).toBe("");
    ticker.automation = automationOf("a → b", { b: and(not(fact("failed")), eager(), not(fact("missing"))) });
    ticker.add({ kind: "runEnded", run: "r", succeeded: false });
    expect(ticker.requested()).toBe("b");
  });

  test("is kept under a label while the labelled part itself is edited", () => {
    const held = (trigger: Condition): Condition => ({
      kind: "since",
      label: "news",
      trigger,
      reset: fact("newlyRequested"),
    });
    const updated = deps("any", fact("newlyUpdated"));
    const idle = not(fact("inProgress"));
    const ticker = new Ticker(automationOf("a → b", { b: and(held(updated), not(fact("missing"))) }));
    ticker.tick();
    ticker.materialize("a");
    expect(ticker.requested()).toBe("");
    ticker.automation = automationOf("a → b", { b: and(held(or(updated, fact("failed"))), idle) });
    expect(ticker.requested()).toBe("b");
  });

  test("a part that an edit brings in takes nothing that was there before for news", () => {
    const ticker = new Ticker(automationOf("a", { a: fact("failed") }, { a: cities }));
    ticker.tick();
    ticker.automation = automationOf("a", { a: newlyMissing }, { a: cities });
    expect(ticker.requested()).toBe("");
    ticker.automation = automationOf("a", { a: onMissing() }, { a: cities });
    expect(ticker.requested()).toBe("");
    expect(ticker.requested()).toBe("");
  });

  test("follows its keys when others are removed before them", () => {
    const ticker = new Ticker(automationOf("a", { a: onMissing() }, { a: people }), undefined, {
      people: ["ada", "bob", "eve"],
    });
    expect(ticker.requested()).toBe("");
    ticker.add({ kind: "partitionsRemoved", name: "people", keys: ["ada"] });
    ticker.add({ kind: "partitionsAdded", name: "people", keys: ["kim"] });
    expect(ticker.requested()).toBe("a kim");
  });

  test("follows its keys when windows come to a dimension of several", () => {
    const both: PartitionsDefinition = {
      kind: "multi",
      dimensions: [
        { name: "city", partitions: { kind: "static", keys: ["berlin", "paris"] } },
        { name: "day", partitions: daily as never },
      ],
    };
    const ticker = new Ticker(automationOf("a", { a: sinceLastHandled(newlyMissing) }, { a: both }));
    expect(ticker.requested()).toBe("");
    expect(ticker.requested("2026-02-04T00:10Z")).toBe("a berlin|2026-02-03, a paris|2026-02-03");
  });

  test("is let go when an asset is cut otherwise, and a backlog is not taken for news", () => {
    const ticker = new Ticker(automationOf("a", { a: sinceLastHandled(newlyMissing) }, { a: cities }));
    ticker.tick();
    ticker.automation = automationOf("a", { a: sinceLastHandled(newlyMissing) }, { a: daily });
    expect(ticker.requested()).toBe("");
    expect(ticker.requested("2026-02-04T00:10Z")).toBe("a 2026-02-03");
  });
});

describe("since", () => {
  const since: Condition = {
    kind: "since",
    trigger: deps("any", fact("newlyUpdated")),
    reset: fact("newlyUpdated"),
  };

  test("lets the later event win when trigger and reset come between the same two ticks", () => {
    const ticker = new Ticker(automationOf("a → b", { b: since }));
    ticker.tick();
    ticker.materialize("a");
    ticker.now += 1000;
    ticker.materialize("b");
    expect(ticker.requested()).toBe("");
    // At the same instant the reset wins, whichever became known first.
    ticker.materialize("b");
    ticker.materialize("a");
    expect(ticker.requested()).toBe("");
    ticker.materialize("b");
    ticker.now += 1000;
    ticker.materialize("a");
    expect(ticker.requested()).toBe("b");
  });
});

describe("conditions on more than partitions", () => {
  test("changed code counts from the version that was seen before", () => {
    const of = (codeVersion: string | null) => {
      const automation = automationOf("a", { a: fact("codeVersionChanged") });
      const assetOf = (key: AssetKey) => {
        const known = automation.assetOf(key);
        return known === undefined ? undefined : { ...known, codeVersion };
      };
      return { ...automation, assetOf };
    };
    const ticker = new Ticker(of("1"));
    expect(ticker.requested()).toBe("");
    expect(ticker.requested()).toBe("");
    ticker.automation = of("2");
    expect(ticker.requested()).toBe("a");
    expect(ticker.requested()).toBe("");
  });

  test("checks that block hold back what is downstream until they pass", () => {
    const ticker = new Ticker(automationOf("a → b", { b: allDepsBlockingChecksPassed() }));
    const check = (passed: boolean, blocking = true) =>
      ticker.add({
        kind: "checked",
        asset: "a" as AssetKey,
        check: blocking ? "plausible" : "hint",
        blocking,
        passed,
      });
    check(false, false);
    expect(ticker.requested()).toBe("b");
    check(false);
    expect(ticker.requested()).toBe("");
    check(true);
    expect(ticker.requested()).toBe("b");
    // What is new has yet to be checked.
    ticker.materialize("a");
    expect(ticker.requested()).toBe("");
  });

  test("allow and ignore restrict what is asked upstream by any selection", () => {
    const missing = deps("any", fact("missing"));
    const of = (condition: Condition) => new Ticker(automationOf("raw/a → c\nraw/b → c", { c: condition }));
    expect(of(restrictDeps(missing, "except", ["key:raw/*"])).requested()).toBe("");
    const allowed = of(restrictDeps(not(missing), "only", ["raw/a"]));
    expect(allowed.requested()).toBe("");
    allowed.materialize("raw/a");
    expect(allowed.requested()).toBe("c");
  });

  test("assets that are made together are requested together", () => {
    const automation = automationOf(
      "a → b\na → c",
      { b: fact("missing") },
      {},
      {
        together: [["b", "c"] as AssetKey[]],
      },
    );
    expect(new Ticker(automation).requested()).toBe("b, c");
  });

  test("a cron that ticks at the very instant of a tick counts once", () => {
    const ticker = new Ticker(
      automationOf("a", { a: { kind: "cronTickPassed", cron: "0 * * * *", timezone: "UTC" } }),
    );
    expect(ticker.requested("2026-02-03T00:59:30Z")).toBe("");
    expect(ticker.requested("2026-02-03T01:00:00Z")).toBe("a");
    expect(ticker.requested("2026-02-03T01:00:30Z")).toBe("");
    expect(ticker.requested("2026-02-03T05:00:30Z")).toBe("a");
  });

  test("an asset that is made by no run of ours has no condition", () => {
    expect(new Ticker(automationOf("(a) → b", { a: fact("missing") })).requested()).toBe("");
  });

  test("assets on a cycle are evaluated, without end to it", () => {
    const automation = automationOf("a → b → a", { a: fact("missing"), b: eager() });
    expect(requestsOf(new Ticker(automation).tick(), automation)).toBe("a");
  });

  test("asking for the conditions downstream of oneself comes to an end", () => {
    const adc: Condition = { kind: "anyDownstream" };
    const automation = automationOf("a → b → c → a", { a: adc, b: or(adc, fact("missing")), c: not(adc) });
    expect(new Ticker(automation).requested()).toBe("a, b");
  });
});

describe("what is wrong with a condition is said", () => {
  const cases: [Condition, RegExp][] = [
    [{ kind: "cronTickPassed", cron: "0 9 * *", timezone: "UTC" }, /The cron "0 9 \* \*" has 4 fields/],
    [{ kind: "cronTickPassed", cron: "0 9 * * *", timezone: "Mars" }, /no time zone "Mars"/],
    [deps("any", fact("missing"), undefined, { kind: "atLeast", count: 0 }), /at least 0 partitions/],
    [{ kind: "inLatestTimeWindow", lookbackSeconds: -5 }, /looks back -5 s/],
    [restrictDeps(not(eager()), "only", ["group:"]), /selected by "group:"/],
    [
      and(
        { kind: "newlyTrue", label: "x", of: fact("missing") },
        { kind: "newlyTrue", label: "x", of: fact("failed") },
      ),
      /Two different parts of a condition are called "x"/,
    ],
  ];
  for (const [condition, words] of cases) {
    test(words.source, () => {
      const said = faultsOfCondition(condition).map(it => `${it.what}. ${it.whatToDo}`);
      expect(said.join("\n")).toMatch(words);
    });
  }

  test("of one that is right nothing is said", () => {
    expect(faultsOfCondition(eager())).toEqual([]);
  });
});
