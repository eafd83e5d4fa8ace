import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Project } from "../support/project.ts";
import { copySample } from "./support/assets.ts";
import { queryWorkspace } from "./support/database.ts";
import { type Opened, openProject } from "./support/opened.ts";
import type { EditorWindow } from "./support/window.ts";

const readings = "weather/daily_readings";

let opened: Opened;
let project: Project;
let window: EditorWindow;

beforeAll(async () => {
  opened = await openProject(await copySample({ phases: 3 }), { size: { width: 1280, height: 1300 } });
  ({ project, window } = opened);
}, 600_000);

afterAll(() => opened?.close("sample-end"));

describe("in the sample workspace", { timeout: 300_000 }, () => {
  test("With upstream makes everything that an asset needs, in order", async () => {
    await window.openView("Millrace");
    await window.openFile("assets/phase2Graph.ts", "export const cityAggregates");
    await window.start(
      window.lensTitled("Materialize city_aggregates and all that it needs"),
      window.row("Assets", /^city_aggregates,.*rows/),
    );
    await window.row("Assets", /^station_coverage,.*never materialized/).waitFor();
    const found = await queryWorkspace(
      project.root,
      "select city, count(*)::int > 29 as is_whole from assets.city_aggregates group by city order by city",
    );
    expect(found).toHaveLength(5);
    expect(found).toContainEqual({ city: "Nairobi", is_whole: true });
    await window.screenshot("sample-materialized");
  });

  test("the side bar's lineage follows the cursor", async () => {
    await window.openFile("assets/phase2Graph.ts", "export const stationCoverage");
    await selected("station_coverage").waitFor({ state: "attached" });
    await window.openFile("assets/phase1FirstAssets.ts");
    await selected("raw_weather_data").waitFor({ state: "attached" });
  });

  test("a click on it shows the source of an asset, and the keyboard stays in the picture", async () => {
    await window.openFile("weather/csv.ts");
    await window.picture().locator('[data-key="raw_weather_data"]').click();
    await window.activeTab("phase1FirstAssets.ts").waitFor();
    await window.page.locator(".view-line", { hasText: /^export\sconst\srawWeatherData/ }).waitFor();
    await window.page.keyboard.press("ArrowRight");
    await selected("cleaned_weather_data").or(selected("validated_readings")).waitFor({ state: "attached" });
    await window.screenshot("sample-lineage-clicked");
  });

  test("the lineage panel materializes what is selected, and a double click opens its source", async () => {
    await window.run("Millrace: Show lineage");
    const panel = window.picture("editor");
    const coverage = panel.getByRole("option", { name: "station_coverage" });
    await coverage.waitFor({ state: "attached" });
    await window.screenshot("sample-lineage");

    const materialize = panel.getByTitle("Materialize: station_coverage");
    await coverage.dispatchEvent("click");
    await window.click(materialize, window.row("Assets", /^station_coverage,.*12 rows/));

    await coverage.dispatchEvent("dblclick");
    await window.activeTab("phase2Graph.ts").waitFor();
    await window.screenshot("sample-lineage-opened");
  });

  test("the panel is there again after the window was reloaded, and so are the states", async () => {
    await window.reload("millrace.lineage");
    await window.row("Assets", /^city_aggregates,.*rows/).waitFor();
    await window.click(window.page.getByRole("tab", { name: "Lineage" }), window.activeTab("Lineage"));
    const coverage = window.picture("editor").getByRole("option", { name: /station_coverage.*12 rows/ });
    await coverage.waitFor({ state: "attached" });
  });

  test("the lenses stay where they are while a statement is half typed", async () => {
    await window.openFile("assets/phase1FirstAssets.ts", "export const cleanedWeatherData");
    await window.lens("never materialized").waitFor();
    await window.page.keyboard.press("End");
    await window.page.keyboard.type(" {{(");
    await expect
      .poll(() => window.problems(), { timeout: 60_000 })
      .toContainEqual(expect.stringMatching(/Syntax error/));
    await window.lensTitled("Materialize cleaned_weather_data").waitFor();
    await window.screenshot("sample-syntax-error");
    for (let typed = 0; typed < 4; typed++) await window.page.keyboard.press("Control+z");
    await expect
      .poll(() => window.problems(), { timeout: 60_000 })
      .not.toContainEqual(expect.stringMatching(/Syntax error/));
  });
});

describe("its partitions", { timeout: 300_000 }, () => {
  test("offers the latest partition and the picture of all above a partitioned asset", async () => {
    await window.openFile("assets/phase3Partitions.ts", "export const dailyReadings");
    await window.lensTitled(`Materialize the latest partition of ${readings}`).waitFor();
    await window.lensTitled(`Show the partitions of ${readings}`).waitFor();
  });

  test("materializes one day", async () => {
    await window.run("Millrace: Materialize asset", readings, "A range…");
    await answer("2026-01-31");
    await window.row("Assets", /^daily_readings,.*\b1\/\d+/).waitFor();
    expect(await days("daily_readings")).toEqual(["2026-01-31"]);
  });

  test("backfills a range from the palette, after a preview", async () => {
    await window.run("Millrace: Backfill…", readings, "A range…");
    await answer("2026-01-10...2026-01-19");
    const launch = window.page.locator(".quick-input-list .monaco-list-row", { hasText: "Launch" });
    await expect
      .poll(() => launch.first().innerText(), { timeout: 60_000 })
      .toContain("10 partitions in 10 runs");
    await window.screenshot("partitions-preview");
    await window.click(launch.first(), window.row("Assets", /^daily_readings,.*\b11\/\d+/));
    expect(await days("daily_readings")).toHaveLength(11);
    await window.lens(/11\/\d+/).waitFor();
    await window.row("Runs", /^Backfill weather\/daily_readings, .*10 of 10/).waitFor();
    await window.screenshot("partitions-backfilled");
  });

  test("plans and launches a range that begins with a drag over the picture, which shows it as it happens", async () => {
    await window.run("Millrace: Show partitions");
    await window.run("View: Close Editors in Other Groups");
    const picture = window.picture("editor");
    await picture.locator(".pieces path[d]").first().waitFor({ state: "attached" });
    // A drag over the picture's first line, from the beginning of the year to the end of what exists.
    const plot = await picture.locator(".axis-paper").boundingBox();
    const line = await picture.locator(".row", { hasText: "daily_city_averages" }).boundingBox();
    if (!plot || !line) throw new Error("The picture is not drawn.");
    const [y, middle] = [line.y + line.height / 2, plot.x + plot.width / 2];
    await window.page.mouse.move(middle, y);
    await window.page.mouse.down();
    await window.page.mouse.move(middle + 120, y, { steps: 4 });
    await window.page.mouse.up();
    const range = picture.getByLabel("Partitions", { exact: true });
    await range.fill("2026-01-10...2026-01-14");
    await expect
      .poll(() => picture.locator(".sum").textContent(), { timeout: 60_000 })
      .toContain("5 partitions");
    await window.screenshot("partitions-planner");
    const averages = picture.locator(".row", { hasText: "daily_city_averages" });
    const share = averages.locator(".share", { hasText: /^5\// });
    await window.click(picture.getByRole("button", { name: "Launch" }), share);
    await window.screenshot("partitions-picture");
    expect(await days("daily_city_averages", "day")).toHaveLength(5);
  });

  test("shows the picture again after the window was reloaded", async () => {
    await window.reload("millrace.partitions");
    const tab = window.page.getByRole("tab", { name: "Partitions", exact: true });
    await window.click(tab, window.activeTab("Partitions"));
    const known = window
      .picture("editor")
      .getByRole("rowheader", { name: /daily_readings.*11 materialized/ });
    await known.waitFor({ state: "attached" });
    await window.row("Assets", /^daily_readings.*11\/\d+/).waitFor();
  });
});

function selected(asset: string) {
  return window.picture().locator(`[role=option][aria-selected=true]`, { hasText: asset });
}

/** Types into the question that is open. */
async function answer(text: string): Promise<void> {
  const input = window.page.locator(".quick-input-widget input").first();
  await window.page.locator(".quick-input-message", { hasText: "A key, or a range" }).waitFor();
  await input.fill(text);
  await window.page.keyboard.press("Enter");
}

async function days(table: string, day = "(observed_at at time zone 'UTC')::date"): Promise<string[]> {
  const found = await queryWorkspace(
    project.root,
    `select distinct ${day}::text as day from weather.${table} order by day`,
  );
  return (found as { day: string }[]).map(it => it.day);
}
