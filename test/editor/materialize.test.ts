import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Project } from "../support/project.ts";
import { weatherFiles, writeWorkspace } from "./support/assets.ts";
import { queryWorkspace, stopDatabase } from "./support/database.ts";
import { type Editor, startEditor } from "./support/editor.ts";
import { processesOf } from "./support/processes.ts";
import type { EditorWindow } from "./support/window.ts";

const patient = { timeout: 60_000 };

let editor: Editor;
let project: Project;
let window: EditorWindow;

beforeAll(async () => {
  project = await writeWorkspace(weatherFiles);
  editor = await startEditor();
  window = await editor.open(project.root);
}, 300_000);

afterAll(async () => {
  await window?.screenshot("materialize-end");
  await editor?.stop();
  if (project) await stopDatabase(project.root);
  await project?.remove();
});

describe("in a trusted workspace", { timeout: 300_000 }, () => {
  test("a click on the CodeLens makes rows in PostgreSQL", async () => {
    await window.openFile("assets/weather.ts");
    await window.lens("Materialize").first().click();
    await window.lens(/ · 3 rows/).waitFor();
    await window.screenshot("materialize-lens");
    expect(await rows("select city, celsius from weather.readings order by city")).toEqual([
      { city: "Bergen", celsius: 4.5 },
      { city: "Lima", celsius: 19 },
      { city: "Oslo", celsius: -3.25 },
    ]);
  });

  test("the tree tells the new state", async () => {
    await window.openView("Millrace");
    await window.row("Assets", /^readings,.* 3 rows/).waitFor();
    await window.row("Assets", /^cities,.*never materialized/).waitFor();
    await window.screenshot("materialize-tree");
  });

  test("what is typed and not yet saved is what is materialized", async () => {
    await window.page.getByText('"Oslo"').click();
    await window.page.keyboard.press("Home");
    await window.page.keyboard.type('{ city: "Quito", celsius: 14 },');
    // The editor draws its lenses anew a moment after the last key; a click on one that goes away is nobody's.
    await window.page.waitForTimeout(1_500);
    await window.lens("Materialize").first().click();
    await window.lens(/4 rows/).waitFor();
    expect(await rows("select count(*)::int as n from weather.readings")).toEqual([{ n: 4 }]);
  });

  test("an asset that fails is a problem at its line, and one notification", async () => {
    await window.openFile("assets/reports.ts");
    await window.lens("With upstream").first().click();
    await window.notification(/the forecast has no column celsius/).waitFor();
    await window.lens(/failed: the forecast has no column celsius/).waitFor();
    await window.screenshot("materialize-failed");
    const [file, ...found] = await window.problems();
    expect(file).toMatch(/reports\.ts/);
    expect(found.join()).toMatch(/reports\/broken: the forecast has no column celsius.*\[Ln 8, Col \d+\]/s);
    await window.screenshot("materialize-problem");
  });

  test("the problem is gone as soon as its line is edited", async () => {
    await window.openFile("assets/reports.ts", "throw new Error");
    await window.page.keyboard.press("End");
    await window.page.keyboard.type(" //");
    await expect
      .poll(() => window.problems(), patient)
      .not.toContainEqual(expect.stringMatching(/no column celsius/));
  });

  test("a file that cannot be loaded is a problem at its line, and the others still run", async () => {
    await project.write("assets/broken.ts", throwing);
    await window.openFile("assets/weather.ts", "export const readings");
    await window.lensTitled("Materialize weather/readings").click();
    await expect
      .poll(() => window.problems(), patient)
      .toContainEqual(expect.stringMatching(/no station is configured.*Millrace.*Ln 3/s));
    await window
      .row("Runs", /^Run weather.readings, succeeded.*just now/)
      .first()
      .waitFor();
    await rm(join(project.root, "assets/broken.ts"));
  });

  test("the engine is there again after it was killed", async () => {
    const [engine] = processesOf(project.root, "serve");
    process.kill(engine as number, "SIGKILL");
    await expect.poll(() => processesOf(project.root, "serve"), patient).not.toContain(engine);
    await window.openFile("assets/weather.ts", "export const cities");
    await window.lensTitled("Materialize weather/cities").click();
    await window.row("Runs", /^Run weather.cities, succeeded/).waitFor();
  });

  test("a run can be canceled while it runs", async () => {
    await window.openFile("assets/reports.ts", "export const slow");
    await window.run("Millrace: Materialize asset", "reports/slow");
    await window.lens(/running \d+ s/).waitFor();
    await window.screenshot("materialize-running");
    await window.run("Millrace: Cancel run", "reports/slow");
    await window.lens(/canceled/).waitFor();
    await window.row("Runs", /^Run reports.slow, canceled/).waitFor();
    await window.screenshot("materialize-canceled");
  });
});

const throwing = `import { asset } from "millrace";
export const late = asset("late", { materialize: () => [] });
throw new Error("no station is configured");
`;

function rows(sql: string): Promise<unknown[]> {
  return queryWorkspace(project.root, sql);
}
