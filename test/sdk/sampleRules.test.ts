import { expect, test } from "vitest";
import { dailyFrost } from "../../sample-workspace/assets/phase5Automation.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";
import { explainCondition } from "../../src/model/conditionExplanation.ts";
import { conditionRows, explanationInWords, outcomeMarks } from "../../src/model/conditionRows.ts";
import { automationOf, daily, Ticker } from "../support/automation.ts";

/** The rule of the sample as people read it, before something upstream is updated and after. */

const key = "weather/daily_frost" as AssetKey;

function told(ticker: Ticker): string[] {
  const explained = explainCondition(ticker.automation, ticker.tick(), key);
  if (explained === null) throw new Error("The asset has no rule.");
  const rows = conditionRows(explained).map(
    ({ depth, outcome, asset, words }) =>
      `${"  ".repeat(depth)}${outcomeMarks[outcome].mark} ${asset === null ? "" : `${asset}: `}${words}`,
  );
  return [explanationInWords(explained), ...rows];
}

test("the rule of the sample reads as sentences that need no source", () => {
  const rule = dailyFrost.automation;
  if (!rule) throw new Error("The sample has no rule.");
  const cut = { "weather/daily_readings": daily, [key]: daily };
  const ticker = new Ticker(automationOf(`weather/daily_readings → ${key}`, { [key]: rule }, cut));
  const first = told(ticker);
  expect(first).toEqual([
    "waits for an update of weather/daily_readings",
    "✗ carried on: all of these",
    "  ✗ it happened, and was not acted on yet",
    "    ✗ something upstream was updated",
    "      ✗ weather/daily_readings: any of these",
    "        ✗ updated by a run of its own: all of these",
    "          ✗ updated since the daemon last looked",
    "          · not made by the same run as this asset",
    "        ✗ requested right now, for the same run",
    "    ✓ acted on, or its rule is new",
    "      ✗ requested when the daemon last looked",
    "      ✗ updated since the daemon last looked",
    "      ✓ new: the daemon looks at its rule for the first time",
    "  · nothing upstream is in progress",
    "  · not in progress",
  ]);
  ticker.materialize("weather/daily_readings", "2026-02-02");
  expect(told(ticker).slice(0, 4)).toEqual([
    "requests it 2026-02-02: weather/daily_readings 2026-02-02 was updated",
    "✓ carried on: all of these",
    "  ✓ it happened, and was not acted on yet",
    "    ✓ something upstream was updated",
  ]);
});
