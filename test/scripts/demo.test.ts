import { execFile } from "node:child_process";
import { promisify, stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
/** The first one installs dbt. */
const timeout = 400_000;

test("the second demo skips what is fresh, materializes one asset of each phase, and shows its rows", async () => {
  await run(process.execPath, ["scripts/demo.mjs"], { timeout });
  const again = await run(process.execPath, ["scripts/demo.mjs"], { timeout });
  // Coloured wherever CI is set.
  const stdout = stripVTControlCharacters(again.stdout);
  const stderr = stripVTControlCharacters(again.stderr);

  expect(stdout).toMatch(/raw_weather_data {2}[\d,]+ rows, fresh: skipped/);
  expect(stdout).toMatch(/validated_readings {2}[\d,]+ rows, fresh: skipped/);
  expect(stdout + stderr).toMatch(/✓ cleaned_weather_data .* rows/);
  expect(stdout + stderr).toMatch(/✓ city_aggregates .* rows/);
  expect(stdout).toMatch(
    /✓ weather\/daily_readings {2}2026-01-31, 2026-02-01 {2}because the sensor new_weather_files saw/,
  );
  expect(stdout).toMatch(
    /✓ weather\/frost_report {2}because weather\/daily_frost .* was updated · after (?:\d+ ms|[\d.]+ s)/,
  );
  expect(stdout).toMatch(/São Paulo +\d{4}-\d\d-\d\d +\d/);
  expect(stdout).toMatch(/BER-03 +Bergen +\d+ +\d+ +0\.\d+/);
  // The file that the first one dropped has made that day stale, and no other.
  expect(stdout + stderr).toMatch(/weather\/daily_alerts {2}1\/1/);
  expect(stdout).toMatch(/2026-0\d-\d\d +Bergen +Norway +\d+ +-?\d/);
  expect(stdout).not.toContain("· 0/s");
  expect(stdout).toMatch(/\n +1 +\S.* 3[01] +-?[\d.]+\n/);
}, 900_000);
