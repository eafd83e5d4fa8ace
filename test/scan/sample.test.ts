import { expect, test } from "vitest";
import { scanWorkspace } from "../../src/scan/workspace.ts";

test("the first two phases of the sample are these assets, which need each other so", async () => {
  const { assets, edges, problems } = await scanWorkspace("sample-workspace");
  const keys = assets.filter(it => /phase[12]/.test(it.file ?? "")).map(it => it.key as string);
  expect(keys).toEqual([
    "raw_weather_data",
    "cleaned_weather_data",
    "validated_readings",
    "city_aggregates",
    "station_coverage",
  ]);
  const between = edges.filter(it => keys.includes(it.from) && keys.includes(it.to));
  expect(between.map(it => `${it.from} → ${it.to}`)).toEqual([
    "raw_weather_data → cleaned_weather_data",
    "raw_weather_data → validated_readings",
    "validated_readings → city_aggregates",
    "validated_readings → station_coverage",
  ]);
  expect(problems.filter(it => it.severity !== "info")).toEqual([]);
});
