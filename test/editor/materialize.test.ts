import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Project } from "../support/project.ts";
import { weatherFiles, writeWorkspace } from "./support/assets.ts";
import { queryWorkspace } from "./support/database.ts";
import { type Opened, openProject } from "./support/opened.ts";
import { processesOf } from "./support/processes.ts";
import type { EditorWindow } from "./support/window.ts";

const patient = { timeout: 60_000 };

let opened: Opened;
let project: Project;
let window: EditorWindow;

beforeAll(async () => {
  opened = await openProject(await writeWorkspace(weatherFiles), { trusted: false });
  ({ project, window } = opened);
}, 600_000);

afterAll(() => opened?.close("materialize-end"));

describe("in Restricted Mode", { timeout: 300_000 }, () => {
  test("the assets can be browsed by group", async () => {
    await window.openView("Millrace");
    for (const name of ["weather", "reports", "readings", "cities", "broken", "slow"]) {
      await window.row("Assets", new RegExp(`(^|Group )${name},`)).waitFor();
    }
    await window.screenshot("restricted-tree");
  });

  test("the lineage is drawn from the text", async () => {
    for (const name of ["weather/readings", "weather/cities", "reports/broken", "reports/slow"]) {
      await window.picture().getByRole("option", { name }).waitFor({ state: "attached" });
    }
    await window.screenshot("restricted-lineage");
  });

  test("the details of an asset are what its file says, and offer nothing that would run", async () => {
    await window.openFile("assets/weather.ts", "export const readings");
    await window.run("Millrace: Show details");
    const details = window.picture("editor");
    await details.getByRole("heading", { name: "weather/readings", level: 1 }).waitFor();
    await details.getByText("In Restricted Mode no process is started").waitFor();
    await details.getByText("What the stations sent.").waitFor();
    expect(await details.getByRole("button", { name: "Materialize", exact: true }).isDisabled()).toBe(true);
    await window.click(
      details.locator(".downstream button", { hasText: "weather/cities" }),
      details.getByRole("heading", { name: "weather/cities", level: 1 }),
    );
    await window.screenshot("restricted-details");
    const tab = window.page.locator(".tabs-container .tab", { hasText: "Details" });
    await tab.locator(".tab-actions .action-label").click();
    await tab.waitFor({ state: "detached" });
  });

  test("the runs say why they are not shown", async () => {
    await window.page.getByText("Runs are not shown in Restricted Mode").waitFor();
  });

  test("a file has no lens that would run something", async () => {
    await window.openFile("assets/weather.ts");
    await window.lens("Lineage").nth(1).waitFor();
    expect(await window.lens("Materialize").count()).toBe(0);
    await window.screenshot("restricted-lens");
  });

  test("no process was started: no engine, no worker, no database", async () => {
    expect(processesOf(project.root, "")).toEqual([]);
    expect(existsSync(join(project.root, ".millrace"))).toBe(false);
  });
});

describe("in a workspace that is trusted", { timeout: 300_000 }, () => {
  test("its assets can be run at once", async () => {
    await window.run("Workspaces: Manage Workspace Trust");
    const trust = window.page
      .locator(".workspace-trust-editor")
      .getByRole("button", { name: "Trust", exact: true });
    await window.click(trust, window.page.getByText(/You trust this (folder|workspace)/));
    await window.openFile("assets/weather.ts");
    await window.lens("Materialize").nth(1).waitFor();
    await expect.poll(() => processesOf(project.root, "serve"), patient).toHaveLength(1);
    await window.screenshot("restricted-trusted");
  });

  test("a click on the CodeLens makes rows in PostgreSQL", async () => {
    await window.openFile("assets/weather.ts");
    await window.start(window.lensTitled("Materialize weather/readings"), window.lens(/ · 3 rows/));
    await window.screenshot("materialize-lens");
    expect(await rows("select city, celsius from weather.readings order by city")).toEqual([
      { city: "Bergen", celsius: 4.5 },
      { city: "Lima", celsius: 19 },
      { city: "Oslo", celsius: -3.25 },
    ]);
  });

  test("the tree tells the new state", async () => {
    await window.row("Assets", /^readings,.* 3 rows/).waitFor();
    await window.row("Assets", /^cities,.*never materialized/).waitFor();
    await window.screenshot("materialize-tree");
  });

  test("what is typed and not yet saved is what is materialized", async () => {
    await window.page.locator(".view-line").getByText('"Oslo"').click();
    await window.page.keyboard.press("Home");
    await window.page.keyboard.type('{ city: "Quito", celsius: 14 },');
    await window.start(window.lensTitled("Materialize weather/readings"), window.lens(/4 rows/));
    expect(await rows("select count(*)::int as n from weather.readings")).toEqual([{ n: 4 }]);
  });

  test("an asset that fails is a problem at its line, and one notification", async () => {
    await window.openFile("assets/reports.ts");
    const upstream = window.lensTitled("Materialize reports/broken and all that it needs");
    await window.start(upstream, window.notification(/the forecast has no column celsius/));
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
    const succeeded = window.row("Runs", /^Run weather.cities, succeeded/);
    await window.start(window.lensTitled("Materialize weather/cities"), succeeded);
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

  test("the palette opens a run's log, what the doctor finds, how the database is, and our own log", async () => {
    const line = (words: RegExp) => window.page.locator(".view-line", { hasText: words }).first();
    await window.run("Millrace: Open run log", "reports/broken");
    await line(/^✗\sreports\/broken\s+the\sforecast\shas\sno\scolumn/).waitFor();

    await window.run("Millrace: Run doctor");
    await line(/^✓\sdatabase\s+embedded,\srunning,\sPostgreSQL\s16/).waitFor();
    await window.screenshot("materialize-doctor");

    await window.run("Millrace: Show database status");
    await window.notification(/PostgreSQL 16\.\d+ is running: postgres:\/\/millrace@127/).waitFor();
    await window.run("Millrace: Stop database");
    await window.notification(/The database of \S+ is stopped/).waitFor();

    await window.run("Millrace: Show log");
    await line(/The\sengine\sis\sthe\sworkspace's/).waitFor();
    await window.screenshot("materialize-log");
  });
});

const throwing = `import { asset } from "millrace";
export const late = asset("late", { materialize: () => [] });
throw new Error("no station is configured");
`;

function rows(sql: string): Promise<unknown[]> {
  return queryWorkspace(project.root, sql);
}
