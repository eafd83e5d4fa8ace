import { materialize, override } from "millrace";
import { describe, expect, test } from "vitest";
import { dailyCityAverages, dailyReadings, rollingWeek } from "../assets/phase3Partitions.ts";
import { weatherFiles } from "../resources/weatherFiles.ts";
import { fakeWeatherFiles } from "./fakeWeatherFiles.ts";

const files = fakeWeatherFiles({
  "2026-01-30": [reading("2026-01-30T12:00:00Z", "2.0"), reading("2026-01-29T23:00:00Z", "9.0")],
  "2026-01-31": [
    reading("2026-01-31T00:00:00Z", "4.0"),
    reading("2026-01-30T23:00:00Z", "3.0"),
    reading("2026-01-30T12:00:00Z", "2.0"),
  ],
});
const resources = [override(weatherFiles, files)];

describe("the readings of a day", () => {
  test("are those that were observed in it, also when they came a day late", async () => {
    const result = await materialize([dailyReadings], { partition: "2026-01-30", resources });
    expect(result.value(dailyReadings).map(it => [it.observed_at.toISOString(), it.arrived_on])).toEqual([
      ["2026-01-30T12:00:00.000Z", "2026-01-30"],
      ["2026-01-30T23:00:00.000Z", "2026-01-31"],
    ]);
    expect(result.metadata(dailyReadings)).toEqual({ late: 1 });
  });

  test("are also made on the last day, of which nothing late has come yet", async () => {
    const result = await materialize([dailyReadings], { partition: "2026-01-31", resources });
    expect(result.rows(dailyReadings)).toBe(1);
  });
});

test("the averages of a day are those of its own readings", async () => {
  const result = await materialize([dailyReadings, dailyCityAverages], {
    partition: "2026-01-30",
    resources,
  });
  expect(result.value(dailyCityAverages)).toEqual([
    { city: "Bergen", day: "2026-01-30", readings: 2, celsius: 2.5 },
  ]);
});

test("a week ends with its day, and several days are made at once", async () => {
  const averages = Array.from({ length: 9 }, (_, at) => {
    return { city: "Bergen", day: `2026-01-1${at}`, readings: 24, celsius: at };
  });
  const result = await materialize([rollingWeek], {
    partition: ["2026-01-12", "2026-01-18"],
    inputs: { [dailyCityAverages.key]: averages },
  });
  expect(result.value(rollingWeek)).toEqual([
    { city: "Bergen", day: "2026-01-12", days: 3, celsius: 1 },
    { city: "Bergen", day: "2026-01-18", days: 7, celsius: 5 },
  ]);
});

function reading(observedAt: string, celsius: string) {
  return `BER-01,Bergen,${observedAt},${celsius},C,60`;
}
