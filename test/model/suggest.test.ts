import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { didYouMean, suggest } from "../../src/model/suggest.ts";

const keys = [
  "raw_weather_data",
  "cleaned_weather_data",
  "validated_readings",
  "city_aggregates",
  "station_coverage",
  "weather/daily_readings",
  "weather/daily_city_averages",
];

describe("a mistyped name finds what was meant", () => {
  test.each([
    ["city_agregates", "city_aggregates"],
    ["ctiy_aggregates", "city_aggregates"],
    ["City_Aggregates", "city_aggregates"],
    [" city_aggregates ", "city_aggregates"],
    ["daily_readings", "weather/daily_readings"],
    ["daily_reading", "weather/daily_readings"],
    ["wether/daily_readings", "weather/daily_readings"],
    ["coverage", "station_coverage"],
    ["weather/daily_c", "weather/daily_city_averages"],
  ])("%s → %s", (written, meant) => {
    expect(suggest(written, keys)[0]).toBe(meant);
  });

  test("what is nothing like any name suggests nothing", () => {
    for (const written of ["", "  ", "x", "sales", "q".repeat(100_000)])
      expect(suggest(written, keys)).toEqual([]);
  });

  test("the nearest comes first, at most so many, each once", () => {
    expect(suggest("data", ["data/x", "date", "data", "date", "dates"])).toEqual(["data", "date", "data/x"]);
    expect(suggest("data", ["date", "data"], 1)).toEqual(["data"]);
    expect(suggest("orders", ["raw/orders", "stg/orders", "orders"])).toEqual([
      "orders",
      "raw/orders",
      "stg/orders",
    ]);
  });
});

test("a suggestion is a sentence that follows another one", () => {
  expect(didYouMean("daily_reading", keys)).toBe(' Did you mean "weather/daily_readings"?');
  expect(didYouMean("order", ["a/order", "b/order", "c/order"])).toBe(
    ' Did you mean "a/order", "b/order" or "c/order"?',
  );
  expect(didYouMean("sales", keys)).toBe("");
});

test("one slip of the hand in a name of four letters or more is always found", () => {
  const name = fc.stringMatching(/^[a-z_]{4,12}$/);
  fc.assert(
    fc.property(name, fc.nat(), fc.constantFrom("drop", "double", "swap", "replace"), (meant, at, slip) => {
      const i = at % (meant.length - 1);
      const [before, letter, next, after] = [meant.slice(0, i), meant[i], meant[i + 1], meant.slice(i + 2)];
      const written = {
        drop: `${before}${next}${after}`,
        double: `${before}${letter}${letter}${next}${after}`,
        swap: `${before}${next}${letter}${after}`,
        replace: `${before}Ω${next}${after}`,
      }[slip];
      expect(suggest(written, [meant])).toEqual([meant]);
      expect(suggest(written, [`some/prefix/${meant}`])).toEqual([`some/prefix/${meant}`]);
    }),
  );
});
