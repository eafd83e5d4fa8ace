import {
  allDeps,
  and,
  anyDeps,
  asset,
  atLeast,
  cronTickPassed,
  dailyPartitions,
  eager,
  every,
  freshBy,
  freshWithin,
  hourlyPartitions,
  inLatestTimeWindow,
  missing,
  newlyRequested,
  newlyUpdated,
  not,
  onCron,
  simulate,
  source,
} from "millrace";
import { describe, expect, test } from "vitest";

const hourly = hourlyPartitions({ start: "2026-02-01" });
const daily = dailyPartitions({ start: "2026-02-01" });
const readings = asset("weather/readings", { partitions: hourly, materialize: () => [] });
const summary = asset("weather/summary", {
  inputs: { readings },
  partitions: daily,
  materialize: () => [],
});

describe("an asset says when it is made and how new it must be", () => {
  test("with a condition and a policy", () => {
    const declared = asset("a", {
      automation: eager(),
      freshness: freshWithin("24 h"),
      materialize: () => [],
    });
    expect(declared.automation).toMatchObject({ kind: "and", label: "eager" });
    expect(declared.freshness).toMatchObject({ kind: "timeWindow", failSeconds: 86_400 });
  });

  test.each([
    [{ automation: eager }, '"automation" of asset "a" is a function instead of a condition'],
    [{ automation: "eager" }, '"automation" of asset "a" is the text "eager" instead of a condition'],
    [{ freshness: "24 h" }, 'Write freshness: freshWithin("24 h").'],
    [{ freshnes: freshWithin("24 h") }, 'Did you mean "freshness"?'],
  ])("and %o says what to write instead", (options, message) => {
    const declare = () => asset("a", { ...options, materialize: () => [] } as never);
    expect(declare).toThrow(message);
  });
});

describe("conditions are written as they are said", () => {
  test("and are plain data that crosses process borders", () => {
    const condition = and(anyDeps(newlyUpdated()).since(newlyRequested()), not(missing())).labelled("news");
    expect(JSON.parse(JSON.stringify(condition))).toEqual({
      kind: "and",
      label: "news",
      of: [
        {
          kind: "since",
          trigger: {
            kind: "deps",
            assets: "any",
            partitions: { kind: "some" },
            of: { kind: "newlyUpdated" },
          },
          reset: { kind: "newlyRequested" },
        },
        { kind: "not", of: { kind: "missing" } },
      ],
    });
    expect(JSON.stringify(structuredClone(condition))).toBe(JSON.stringify(condition));
  });

  test("an asset that is allowed or ignored is selected by its key", () => {
    const raw = source("raw.stations");
    const condition = allDeps(missing(), every()).ignore(raw, "group:late").allow(readings);
    expect(condition).toMatchObject({
      except: ['key:"raw/stations"', "group:late"],
      only: ['key:"weather/readings"'],
    });
  });

  const wrong: [() => unknown, RegExp][] = [
    [() => onCron("0 6 * *"), /The cron "0 6 \* \*" has 4 fields/],
    [() => cronTickPassed("0 6 * * *", { timezone: "Mars/Olympus" }), /no time zone "Mars\/Olympus"/],
    [() => anyDeps(missing(), atLeast(0.5)), /at least 0\.5 partitions/],
    [() => and(missing as never), /A part of a condition is a function.*Call it: missing\(\)\./],
    [() => inLatestTimeWindow("seven days"), /is the text "seven days".*Write a time such as "7 d"/],
    [() => eager().ignore("kind:"), /selected by "kind:"/],
    [() => freshWithin("30 s"), /"failSeconds" of a freshness policy is 30/],
    [() => freshWithin("1 d", { warn: "2 d" }), /Warn earlier than fail/],
    [() => freshBy("0 9 * * *", { lowerBound: "25 h" }), /Give at most 86400 seconds/],
    [() => freshBy("0 9 * * *", {} as never), /"lowerBound" of freshBy\(\) is undefined/],
  ];
  for (const [write, words] of wrong) {
    test(`what is wrong is said, with its place: ${words.source}`, () => {
      expect(write).toThrow(words);
      expect(write).toThrow(/conditions\.test\.ts:\d+/);
    });
  }
});

test("freshness is plain data too", () => {
  expect(JSON.parse(JSON.stringify(freshWithin("1 d 12 h", { warn: "90 min" })))).toEqual({
    kind: "timeWindow",
    failSeconds: 129_600,
    warnSeconds: 5400,
  });
  expect(freshBy("0 9 * * *", { lowerBound: 3600 })).toMatchObject({ kind: "cron", timezone: "UTC" });
});

describe("a unit test simulates its conditions", () => {
  const allThere = allDeps(not(missing()), every()).newlyTrue();

  test("in one call: what was there before launches nothing, what comes then does", () => {
    const hours = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => `2026-02-01-${String(from + i).padStart(2, "0")}:00`);
    const { requests, runs } = simulate({
      assets: [readings, summary],
      automation: { "weather/summary": allThere },
      history: [
        { at: "2026-02-02T00:30Z", materialized: readings, partitions: hours(0, 20) },
        { at: "2026-02-02T06:00Z", failed: "weather/readings", partitions: hours(20, 24) },
        { at: "2026-02-02T07:00Z", materialized: readings, partitions: hours(20, 24) },
      ],
      from: "2026-02-02T01:00Z",
      to: "2026-02-03T00:00Z",
    });
    expect(requests).toEqual([
      {
        asset: "weather/summary",
        at: new Date("2026-02-02T07:00Z"),
        partitions: ["2026-02-01"],
        reason: expect.any(String),
      },
    ]);
    expect(runs).toBe(1);
  });

  test("a condition of an asset that is not there is an error that names it", () => {
    const options = {
      assets: [summary],
      automation: { sumary: eager() },
      from: "2026-02-02",
      to: "2026-02-03",
    };
    expect(() => simulate(options)).toThrow('"sumary" has a condition, but is none of the assets.');
  });

  test("an instant that is none is an error that says which", () => {
    const options = { assets: [summary], automation: {}, from: "yesterday", to: "2026-02-03" };
    expect(() => simulate(options)).toThrow("from is no instant");
  });
});
