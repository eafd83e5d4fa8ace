import { materialize, override } from "millrace";
import { expect, test } from "vitest";
import { cleanedWeatherData, rawWeatherData } from "../assets/phase1FirstAssets.ts";
import { weatherFiles } from "../resources/weatherFiles.ts";
import { fakeWeatherFiles } from "./fakeWeatherFiles.ts";

const files = fakeWeatherFiles({
  "2026-01-30": ["BER-01,Bergen,2026-01-30T12:00:00Z,4.5,C,70"],
  "2026-01-31": ["DEN-01,Denver,2026-01-31T12:00:00Z,50,F,40", "DEN-01,Denver,2026-01-31T13:00:00Z,n/a,F,41"],
});

test("raw weather data is every line, also the garbled one, with the day and line it came from", async () => {
  const result = await materialize([rawWeatherData], { resources: [override(weatherFiles, files)] });

  expect(result.value(rawWeatherData)).toMatchObject([
    { station: "BER-01", temperature: "4.5", arrived_on: "2026-01-30", line: 2 },
    { station: "DEN-01", temperature: "50", arrived_on: "2026-01-31", line: 2 },
    { station: "DEN-01", temperature: "n/a", arrived_on: "2026-01-31", line: 3 },
  ]);
  expect(result.metadata(rawWeatherData)).toEqual({ files: 2 });
});

test("cleaned weather data is what can be read, in °C", async () => {
  const result = await materialize([rawWeatherData, cleanedWeatherData], {
    resources: [override(weatherFiles, files)],
  });

  expect(result.value(cleanedWeatherData).map(it => [it.station, it.celsius])).toEqual([
    ["BER-01", 4.5],
    ["DEN-01", 10],
  ]);
  expect(result.logs).toMatchObject([{ level: "info", message: "1 of 3 lines cannot be read" }]);
});

test("a file of another shape is named, and nothing below is made of half of it", async () => {
  const broken = fakeWeatherFiles({ "2026-01-31": ["BER-01,Bergen"] });
  const result = await materialize([rawWeatherData, cleanedWeatherData], {
    resources: [override(weatherFiles, broken)],
    raiseOnError: false,
  });

  expect(result.error(rawWeatherData)).toMatchObject({
    message: expect.stringContaining("readings-2026-01-31.csv:2"),
  });
  expect(result.status(cleanedWeatherData)).toBe("skipped");
});
