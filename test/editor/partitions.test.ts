import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Project } from "../support/project.ts";
import { copySample } from "./support/assets.ts";
import { queryWorkspace, stopDatabase } from "./support/database.ts";
import { type Editor, startEditor } from "./support/editor.ts";
import type { EditorWindow } from "./support/window.ts";

const readings = "weather/daily_readings";

let editor: Editor;
let project: Project;
let window: EditorWindow;

beforeAll(async () => {
  project = await copySample({ phases: 3 });
  editor = await startEditor({ size: { width: 1280, height: 1300 } });
  window = await editor.open(project.root);
}, 300_000);

afterAll(async () => {
  await window?.screenshot("partitions-end");
  await editor?.stop();
  if (project) await stopDatabase(project.root);
  await project?.remove();
});

describe("phase 3 of the sample", { timeout: 300_000 }, () => {
  test("offers the latest partition and the picture of all above a partitioned asset", async () => {
    await window.openView("Millrace");
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
    await launch.first().click();
    await window.row("Assets", /^daily_readings,.*\b11\/\d+/).waitFor();
    expect(await days("daily_readings")).toHaveLength(11);
    await window.lens(/11\/\d+/).waitFor();
    await window.row("Runs", /^Backfill weather\/daily_readings, .*10 of 10/).waitFor();
    await window.screenshot("partitions-backfilled");
  });

  test("plans and launches a range that begins with a drag over the picture, which shows it as it happens", async () => {
    await window.run("Millrace: Show partitions");
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
    await picture.getByRole("button", { name: "Launch" }).click();
    await expect
      .poll(
        () => picture.locator(".row", { hasText: "daily_city_averages" }).locator(".share").textContent(),
        {
          timeout: 60_000,
        },
      )
      .toMatch(/^5\//);
    await window.screenshot("partitions-picture");
    expect(await days("daily_city_averages", "day")).toHaveLength(5);
  });

  test("shows the picture again after the window was reloaded", async () => {
    await window.page.waitForTimeout(5_000);
    await window.page.reload();
    await window.page.getByRole("tab", { name: "Partitions", exact: true }).click();
    await window
      .picture("editor")
      .getByRole("rowheader", { name: /daily_readings.*11 materialized/ })
      .waitFor({ state: "attached" });
    await window.row("Assets", /^daily_readings.*11\/\d+/).waitFor();
  });
});

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
