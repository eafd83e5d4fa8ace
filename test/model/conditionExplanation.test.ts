import { describe, expect, test } from "vitest";
import type { AssetKey } from "../../src/model/assetKey.ts";
import {
  type ConditionExplanation,
  type ExplainedPart,
  explainCondition,
  sameResult,
} from "../../src/model/conditionExplanation.ts";
import {
  and,
  anyDepsMissing,
  deps,
  eager,
  fact,
  not,
  onCron,
  onMissing,
  or,
} from "../../src/model/conditionForms.ts";
import type { PartResult } from "../../src/model/conditionParts.ts";
import { beginsWithNews, conditionRows, firstRunInWords } from "../../src/model/conditionRows.ts";
import { automationOf, daily, Ticker } from "../support/automation.ts";

const key = "summary" as AssetKey;
const cut = { "weather/daily_readings": daily, summary: daily };

describe("an explanation says in one line what a condition waits for", () => {
  test("the partitions upstream that are missing", () => {
    const ticker = tickerOf(onMissing());
    expect(reason(ticker)).toBe("what was there before the daemon first looked at its rule does not count");
    expect(reason(ticker, "2026-02-04T00:10Z")).toBe("waits for weather/daily_readings 2026-02-03");
  });

  test("what is in progress upstream", () => {
    const ticker = tickerOf(eager());
    ticker.tick();
    ticker.materialize("weather/daily_readings", "2026-02-02");
    start(ticker, "weather/daily_readings");
    expect(reason(ticker)).toBe("waits for weather/daily_readings 2026-02-02, which is in progress");
  });

  test("an update, when there was none", () => {
    const ticker = tickerOf(eager());
    ticker.materialize("weather/daily_readings");
    ticker.tick();
    expect(reason(ticker)).toBe("waits for an update of weather/daily_readings 2026-02-02");
  });

  test("the next tick of a cron, and then what has not been updated since", () => {
    const ticker = tickerOf(onCron("0 9 * * *", "Europe/Berlin"));
    expect(reason(ticker)).toBe('waits for the next tick of "0 9 * * *" Europe/Berlin');
    expect(reason(ticker, "2026-02-03T08:00:30Z")).toMatch(
      /^waits for an update of weather\/daily_readings 2026-02-02/,
    );
  });

  test("several at once", () => {
    const drawing = "a → z\nb → z\nc → z\nd → z\ne → z";
    const automation = automationOf(drawing, { z: not(deps("any", fact("missing"))) });
    const tick = new Ticker(automation).tick();
    expect(explainCondition(automation, tick, "z" as AssetKey)?.reason).toBe("waits for a, b, c and 2 more");
  });

  test("itself, while it is in progress", () => {
    const ticker = tickerOf(and(fact("missing"), not(fact("inProgress"))));
    start(ticker, "summary");
    expect(reason(ticker)).toBe("2026-02-01 is in progress already");
  });
});

describe("what was there before a rule began", () => {
  test("is not made by it, and it is known which rules are so", () => {
    const ticker = tickerOf(eager());
    const first = explain(ticker);
    expect(beginsWithNews(first)).toBe(true);
    expect(beginsWithNews(explain(tickerOf(fact("missing"))))).toBe(false);
    const answer = {
      asset: key,
      automation: "eager",
      isOff: false,
      isWatched: true,
      lastTick: null,
      lastRequest: null,
    };
    // Its reason has said the rest.
    const how = "To have it now, materialize it once; from then on the rule makes it.";
    expect(firstRunInWords({ ...answer, now: first })).toBe(how);
    expect(firstRunInWords({ ...answer, now: explain(ticker) })).toBe(
      `What was there or missing before the daemon first looked at this rule does not count as new. ${how}`,
    );
    expect(firstRunInWords({ ...answer, now: explain(tickerOf(fact("failed"))) })).toBeNull();
    const nothing = conditionRows(explain(ticker)).map(it => it.words);
    expect(nothing).toContain("nothing upstream is missing");
    expect(nothing).toContain("not in progress");
  });

  test("is made by a rule that asks for what is missing at its first tick", () => {
    const atFirst = and(fact("initialEvaluation"), fact("missing"), not(anyDepsMissing()));
    const ticker = tickerOf(or(eager(), atFirst));
    ticker.materialize("weather/daily_readings");
    expect(explain(ticker).requested).toBeGreaterThan(0);
    expect(explain(ticker).requested).toBe(0);
  });
});

describe("an explanation says in one line why something was requested", () => {
  test("an update upstream", () => {
    const ticker = tickerOf(eager());
    ticker.tick();
    ticker.materialize("weather/daily_readings", "2026-02-02");
    const explained = explain(ticker);
    expect(explained).toMatchObject({ asset: "summary", requested: 1, partitions: "2026-02-02" });
    expect(explained.reason).toBe("weather/daily_readings 2026-02-02 was updated");
  });

  test("what is requested at the same tick", () => {
    const automation = automationOf("a → b", { a: fact("missing"), b: eager() });
    const ticker = new Ticker(automation);
    ticker.materialize("a");
    ticker.tick();
    ticker.automation = automationOf("a → b", { a: fact("initialEvaluation"), b: eager() });
    ticker.memory = new Map([...ticker.memory].filter(([it]) => it === "b"));
    const tick = ticker.tick();
    expect(explainCondition(ticker.automation, tick, "b" as AssetKey)?.reason).toBe("a is requested too");
    expect(explainCondition(ticker.automation, tick, "a" as AssetKey)?.reason).toBe(
      "it has a rule that the daemon looks at for the first time",
    );
  });

  test("a tick of a cron", () => {
    const ticker = tickerOf({ kind: "cronTickPassed", cron: "0 9 * * *", timezone: "UTC" });
    ticker.tick("2026-02-03T08:59Z");
    expect(reason(ticker, "2026-02-03T09:00Z")).toBe('"0 9 * * *" ticked');
  });

  test("what an asset without a partition yet comes to", () => {
    const automation = automationOf(
      "summary",
      { summary: eager() },
      { summary: { kind: "dynamic", name: "x" } },
    );
    const tick = new Ticker(automation).tick();
    expect(explainCondition(automation, tick, key)?.reason).toBe("there are no partitions yet");
  });
});

describe("an explanation is a tree of what was asked", () => {
  test("with true, false and not evaluated, and how many partitions each is true of", () => {
    const ticker = tickerOf(and(fact("missing"), fact("failed"), deps("any", fact("missing"))));
    ticker.materialize("summary", "2026-02-01");
    expect(draw(explain(ticker).tree)).toBe(
      [
        "all of these: false 0/2",
        "  missing: true 1/2 2026-02-02",
        "  failed last time: false 0/1",
        "  any upstream asset: notEvaluated 0/0",
        "    missing (weather/daily_readings): notEvaluated 0/0",
      ].join("\n"),
    );
  });

  test("that is plain JSON", () => {
    const explained = explain(tickerOf(eager()));
    expect(JSON.parse(JSON.stringify(explained))).toEqual(explained);
  });

  test("and is kept only when something in it has changed", () => {
    const ticker = tickerOf(eager());
    ticker.tick();
    const result = () => ticker.tick().results.get(key) as PartResult;
    const [first, second] = [result(), result()];
    ticker.materialize("weather/daily_readings", "2026-02-02");
    expect([sameResult(first, second), sameResult(second, result())]).toEqual([true, false]);
  });
});

function tickerOf(condition: ReturnType<typeof eager>): Ticker {
  return new Ticker(automationOf("weather/daily_readings → summary", { summary: condition }, cut));
}

function start(ticker: Ticker, asset: string): void {
  const partitions = asset === "summary" ? ["2026-02-01"] : null;
  ticker.add({ kind: "runStarted", run: "r", targets: [{ asset: asset as AssetKey, partitions }] });
  if (asset === "summary") ticker.materialize(asset, "2026-02-02");
}

function explain(ticker: Ticker, at?: string): ConditionExplanation {
  const explained = explainCondition(ticker.automation, ticker.tick(at), key);
  return explained ?? expect.fail("there is a condition");
}

function reason(ticker: Ticker, at?: string): string {
  return explain(ticker, at).reason;
}

function draw({
  words,
  asset,
  outcome,
  trueCount,
  candidateCount,
  truePartitions,
  parts,
}: ExplainedPart): string {
  const of = asset === key ? "" : ` (${asset})`;
  const line = `${words}${of}: ${outcome} ${trueCount}/${candidateCount} ${truePartitions}`.trimEnd();
  return [line, ...parts.map(it => draw(it).replace(/^/gm, "  "))].join("\n");
}
