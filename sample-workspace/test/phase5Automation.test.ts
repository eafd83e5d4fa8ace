import { materialize, simulate } from "millrace";
import { describe, expect, test } from "vitest";
import { dailyReadings } from "../assets/phase3Partitions.ts";
import { dailyFrost, frostReport } from "../assets/phase5Automation.ts";

describe("what is new is carried on", () => {
  const assets = [dailyReadings, dailyFrost, frostReport];
  const made = (at: string, ...partitions: string[]) => ({ at, materialized: dailyReadings, partitions });
  const requestsOf = (history: readonly ReturnType<typeof made>[]) =>
    simulate({ assets, history, from: "2026-02-01T00:00Z", to: "2026-02-02T00:00Z" }).requests.map(
      ({ asset, partitions, reason }) => [asset, partitions?.join(), reason],
    );

  test("from the readings of a day to the report, also when the day is long past", () => {
    expect(requestsOf([made("2026-02-01T06:00Z", "2026-01-10")])).toEqual([
      ["weather/daily_frost", "2026-01-10", "weather/daily_readings 2026-01-10 was updated"],
      ["weather/frost_report", undefined, "weather/daily_frost 2026-01-10 was updated"],
    ]);
  });

  test("once for several days that come together", () => {
    const requests = requestsOf([made("2026-02-01T06:00Z", "2026-01-30", "2026-01-31")]);
    expect(requests.map(([asset, days]) => [asset, days])).toEqual([
      ["weather/daily_frost", "2026-01-30,2026-01-31"],
      ["weather/frost_report", undefined],
    ]);
  });

  test("but not for what was there before anybody looked", () => {
    expect(requestsOf([made("2026-01-31T23:00Z", "2026-01-10")])).toEqual([]);
  });
});

test("an hour is frosty when any station of the city was below zero", async () => {
  const reading = (observed_at: string, celsius: number) => {
    const place = { station: "BER-01", city: "Bergen", humidity: null, arrived_on: "2026-01-30" };
    return { ...place, observed_at: new Date(observed_at), celsius };
  };
  const result = await materialize([dailyFrost, frostReport], {
    partition: "2026-01-30",
    inputs: {
      [dailyReadings.key]: [
        reading("2026-01-30T05:00:00Z", -2),
        reading("2026-01-30T05:30:00Z", 1),
        reading("2026-01-30T06:00:00Z", 3),
      ],
    },
  });
  expect(result.value(dailyFrost)).toEqual([{ city: "Bergen", day: "2026-01-30", hours: 1, coldest: -2 }]);
  expect(result.value(frostReport)).toEqual([{ city: "Bergen", days: 1, frosty: 1, coldest: -2 }]);
});
