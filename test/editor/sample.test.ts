import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Project } from "../support/project.ts";
import { copySample } from "./support/assets.ts";
import { queryWorkspace, stopDatabase } from "./support/database.ts";
import { type Editor, startEditor } from "./support/editor.ts";
import type { EditorWindow } from "./support/window.ts";

let editor: Editor;
let project: Project;
let window: EditorWindow;

beforeAll(async () => {
  project = await copySample({ phases: 3 });
  editor = await startEditor({ size: { width: 1280, height: 1300 } });
  window = await editor.open(project.root);
}, 300_000);

afterAll(async () => {
  await window?.screenshot("sample-end");
  await editor?.stop();
  if (project) await stopDatabase(project.root);
  await project?.remove();
});

describe("in the sample workspace", { timeout: 300_000 }, () => {
  test("With upstream makes everything that an asset needs, in order", async () => {
    await window.openView("Millrace");
    await window.openFile("assets/phase2Graph.ts", "export const cityAggregates");
    await window.lensTitled("Materialize city_aggregates and all that it needs").click();
    await window.row("Assets", /^city_aggregates,.*rows/).waitFor();
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

  test("the lineage panel materializes what is selected, and a double click opens its source", async () => {
    await window.run("Millrace: Show lineage");
    const panel = window.picture("editor");
    const coverage = panel.getByRole("option", { name: "station_coverage" });
    await coverage.waitFor({ state: "attached" });
    await window.screenshot("sample-lineage");

    await coverage.dispatchEvent("click");
    await panel.getByTitle("Materialize: station_coverage").click();
    await window.row("Assets", /^station_coverage,.*12 rows/).waitFor();

    await coverage.dispatchEvent("dblclick");
    await window.page.locator(".tab.active", { hasText: "phase2Graph.ts" }).waitFor();
    await window.screenshot("sample-lineage-opened");
  });

  test("the panel is there again after the window was reloaded, and so are the states", async () => {
    // The editor in a browser writes down what is open a few seconds later.
    await window.page.waitForTimeout(5_000);
    await window.page.reload();
    await window.row("Assets", /^city_aggregates,.*rows/).waitFor();
    await window.page.locator(".tab", { hasText: "Lineage" }).click();
    await window
      .picture("editor")
      .getByRole("option", { name: /station_coverage.*12 rows/ })
      .waitFor({ state: "attached" });
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
  });
});

function selected(asset: string) {
  return window.picture().locator(`[role=option][aria-selected=true]`, { hasText: asset });
}
