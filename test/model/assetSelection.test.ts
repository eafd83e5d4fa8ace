import { describe, expect, test } from "vitest";
import type { AssetKey } from "../../src/model/assetKey.ts";
import { selectByText, statesAskedFor } from "../../src/model/assetSelection.ts";
import { matchesPattern } from "../../src/model/selectionMatch.ts";
import { parseSelection, spellKey } from "../../src/model/selectionSyntax.ts";
import { graphOf, keysOf } from "../support/graphs.ts";

const weather = graphOf(
  `
  (raw.orders) → raw_weather_data → cleaned_weather_data → forecast
  raw_weather_data → validated_readings → city_aggregates → report
  validated_readings → station_coverage
`,
  {
    raw_weather_data: { group: "raw", kinds: ["typescript"], tags: { tier: "gold" } },
    cleaned_weather_data: { group: "weather", kinds: ["dbt", "postgres"], owners: ["team:data"] },
    city_aggregates: { group: "weather", partitions: "daily from 2026-01-01", tags: { pii: "" } },
    station_coverage: { group: "weather", partitions: "static a, b", tags: { tier: "silver" } },
    forecast: { partitions: "dynamic models", kinds: ["dbt"] },
  },
);

describe("a selection picks assets in the order of the graph", () => {
  check("city_aggregates", "city_aggregates");
  check("+city_aggregates", "raw_weather_data validated_readings city_aggregates");
  check("1+city_aggregates", "validated_readings city_aggregates");
  check("2+city_aggregates", "raw_weather_data validated_readings city_aggregates");
  check("0+city_aggregates", "city_aggregates");
  check("validated_readings+", "validated_readings city_aggregates report station_coverage");
  check('key:"validated_readings"+1', "validated_readings city_aggregates station_coverage");
  check(
    "+validated_readings*",
    "raw_weather_data validated_readings city_aggregates report station_coverage",
  );
  check(
    "++validated_readings+",
    "raw_weather_data validated_readings city_aggregates report station_coverage",
  );
  check("group:weather and not kind:dbt", "city_aggregates station_coverage");
  check("+station_coverage or forecast", "raw_weather_data forecast validated_readings station_coverage");
  check("roots(+report) or sinks(+report)", "raw_weather_data report");
  check(
    "raw_weather_data+ and not raw_weather_data",
    "cleaned_weather_data forecast validated_readings city_aggregates report station_coverage",
  );
  check("sinks(raw_weather_data or city_aggregates)", "city_aggregates");
  check("roots(raw_weather_data or city_aggregates)", "raw_weather_data");
});

describe("attributes", () => {
  check("tag:tier=gold", "raw_weather_data");
  check("tag:pii", "city_aggregates");
  check("tag:tier", "");
  check("tag:tier=<null> and group:weather", "cleaned_weather_data city_aggregates");
  check('owner:"team:data"', "cleaned_weather_data");
  check('group:"we*"', "cleaned_weather_data city_aggregates station_coverage");
  check("partitions:daily", "city_aggregates");
  check("partitions:time_window", "city_aggregates");
  check("partitions:<null> and group:default", "validated_readings report");
  check("partitions:static or partitions:dynamic", "forecast station_coverage");
  check("is:external", "raw.orders");
  check('key:"*weather*"', "raw_weather_data cleaned_weather_data");
  check("tag:constructor", "");
  check("tag:constructor=<null> and group:raw", "raw_weather_data");
  check("tag:__proto__", "");
});

describe("what lives outside is selected only when it is meant", () => {
  check(
    "*",
    "raw_weather_data cleaned_weather_data forecast validated_readings city_aggregates report station_coverage",
  );
  check("raw.orders", "raw.orders");
  check("+raw_weather_data", "raw_weather_data");
  check("raw.orders+1", {
    problem: /A number of levels does not follow a bare name. Write key:"raw.orders"\+1\./,
  });
  check('key:"raw.orders"+1', "raw.orders raw_weather_data");
  check("group:default and not is:materializable", "");

  test("unless the question includes it", () => {
    expect(selectByText("not group:weather", weather, { includeExternal: true }).keys).toContain(
      "raw.orders",
    );
    expect(selectByText("+raw_weather_data", weather, { upToExternal: true }).keys).toEqual([
      "raw.orders",
      "raw_weather_data",
    ]);
  });
});

describe("a bare name may be written as it is, where it can be nothing else", () => {
  const graph = graphOf("a-b → c.d → 2024/sales → wörter → and so on → roots → team@data");
  for (const name of ["a-b", "c.d", "2024/sales", "wörter", "roots", "team@data", '"and so on"']) {
    const { keys, problems } = selectByText(name, graph);
    test(name, () => {
      expect(problems).toEqual([]);
      expect(keys).toEqual([name.replaceAll('"', "")]);
    });
  }

  test("and every key has a spelling that selects it alone", () => {
    const names = [
      "a-b",
      "and",
      "NOT",
      "12",
      "12a",
      "a b",
      "a:b",
      "a+b",
      "key",
      "a*b",
      "a/b",
      'say "x"',
      "ü/ß",
    ];
    const odd = graphOf(names.join("\n"));
    for (const { key } of odd.assets) expect(selectByText(spellKey(key), odd).keys).toEqual([key]);
    expect(spellKey("weather/daily" as AssetKey)).toBe("weather/daily");
  });
});

describe("what changed since another manifest", () => {
  const chain = graphOf("a → b → c → d");
  const keys = (text: string) =>
    selectByText(text, chain, { changes: new Map([["modified.body", new Set(keysOf("b"))]]) });
  test("is what dbt found, together with what is below and beside other terms", () => {
    expect(keys("state:modified.body+ and not d").keys).toEqual(["b", "c"]);
    expect(statesAskedFor("state:modified.body+ or (state:new and state:new)")).toEqual([
      "modified.body",
      "new",
    ]);
    expect(statesAskedFor("a+")).toEqual([]);
  });
  test("is a problem where nobody has compared anything", () => {
    expect(selectByText("state:new", chain).problems[0]?.message).toContain(
      "here there is none to compare with",
    );
    expect(keys("state:new").problems).toHaveLength(1);
  });
});

describe("a mistake is answered with what to write instead", () => {
  check("city_agregates", {
    problem: /There is no asset "city_agregates". Did you mean "city_aggregates"\?/,
  });
  check("group:weather and forcast", { problem: /"forcast". Did you mean "forecast"\?/ });
  check("sales", { problem: /There is no asset "sales". Run "millrace list" to see every asset./ });
  check("raw_*", { problem: /There is no asset "raw_".*A pattern is written key:"raw_\*"\./ });
  check('"raw_*"', { problem: /There is no asset "raw_\*".*A pattern is written key:"raw_\*"\./ });
  check("raw_*_data", { problem: /A pattern is written key:"raw_\*_data"\./ });
  check("", { problem: /A selection is empty/ });
  check("keys:a", { problem: /There is no attribute "keys". Did you mean "key"\?/ });
  check("status:failed", { problem: /cannot be selected by status here. What can be asked is key:, tag:,/ });
  check("job:nightly", { problem: /cannot be selected by job here/ });
  check("is:fresh", { problem: /Write is:external or is:materializable/ });
  check("partitions:dayly", { problem: /There are no "dayly" partitions. Did you mean "daily"\?/ });
  check("sink(*)", { problem: /There is no function "sink". Did you mean "sinks"\?/ });
  check("owner:team:data", { problem: /This value needs quotes: owner:"team:…"\./ });
  check("key:a-b", { problem: /This value needs quotes: key:"a-b"\./ });
  check("group:tag", { problem: /This value needs quotes: group:"tag"\./ });
  check("key:*", { problem: /All assets are written \* alone, or key:"\*"\./ });
  check("++key:a", { problem: /two levels are written 2\+key:"…"/ });
  check("key:a++", { problem: /two levels are written key:"…"\+2/ });
  check("+*", { problem: /"\+" and "\*" do not combine. Write \+\(\*\)\./ });
  check("*+", { problem: /"\*" and "\+" do not combine. Write \(\*\)\+\./ });
  check("forecast report", {
    problem: /Between two parts stands "and" or "or"; here follows "report" at once\./,
  });
  check("forecast, report", { problem: /"," has no meaning in a selection. Write or\./ });
  check("forecast | report", { problem: /"\|" has no meaning in a selection. Write or\./ });
  check("!forecast", { problem: /"!" has no meaning in a selection. Write not\./ });
  check("(forecast", { problem: /This parenthesis is never closed/ });
  check("forecast)", { problem: /This "\)" closes nothing/ });
  check("()", { problem: /Before this "\)" an asset is expected/ });
  check("forecast and", { problem: /The selection ends where an asset is expected/ });
  check('key:"a', { problem: /A quote is opened here and never closed/ });
  check('key:"a\\"b"', { problem: /a backslash cannot stand there/ });

  test("the place is told in characters from the start", () => {
    const { problems } = parseSelection("group:weather and key:a-b");
    expect(problems).toMatchObject([{ at: 22, length: 3 }]);
    expect(selectByText("forecast or  forcast+", weather).problems).toMatchObject([{ at: 13, length: 7 }]);
    expect(selectByText("  raw_*", weather).problems).toMatchObject([{ at: 2, length: 4 }]);
  });

  test("all unknown names are told at once", () => {
    expect(selectByText("a1 or b1 or forecast", weather).problems).toHaveLength(2);
  });

  test("a name that need not exist selects nothing and is told in a hint", () => {
    expect(selectByText("key:forcast or group:wether or kind:dbtt or tag:teir=gold", weather)).toEqual({
      keys: [],
      problems: [],
      hints: [
        'No asset has the key "forcast". Did you mean "forecast"?',
        'No asset has the group "wether". Did you mean "weather"?',
        'No asset has the kind "dbtt". Did you mean "dbt"?',
        "No asset has the tag teir=gold.",
      ],
    });
  });
});

test("a star stands for any characters, also none and also slashes", () => {
  const fitting = ["*", "**", "raw/*", "*/orders", "r*o*s", "raw/orders", "*raw/orders*", "raw/orders*"];
  const others = ["", "raw", "orders*", "*/order", "raw/orders/*", "RAW/*", "r*x*s", "*s*s*"];
  expect(fitting.filter(it => !matchesPattern(it, "raw/orders"))).toEqual([]);
  expect(others.filter(it => matchesPattern(it, "raw/orders"))).toEqual([]);
  expect(matchesPattern("ab*ba", "aba")).toBe(false);
});

function check(selection: string, expected: string | { problem: RegExp }) {
  test(`${selection} → ${typeof expected === "string" ? expected : expected.problem.source}`, () => {
    const { keys, problems } = selectByText(selection, weather);
    if (typeof expected === "string") {
      expect(problems).toEqual([]);
      expect(keys.join(" ")).toBe(expected);
    } else {
      expect(keys).toEqual([]);
      expect(problems.map(it => it.message).join("\n")).toMatch(expected.problem);
    }
  });
}
