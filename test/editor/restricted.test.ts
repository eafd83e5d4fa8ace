import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Project } from "../support/project.ts";
import { weatherFiles, writeWorkspace } from "./support/assets.ts";
import { type Editor, startEditor } from "./support/editor.ts";
import { processesOf } from "./support/processes.ts";
import type { EditorWindow } from "./support/window.ts";

let editor: Editor;
let project: Project;
let window: EditorWindow;

beforeAll(async () => {
  project = await writeWorkspace(weatherFiles);
  editor = await startEditor({ trusted: false });
  window = await editor.open(project.root);
}, 300_000);

afterAll(async () => {
  await editor?.stop();
  await project?.remove();
});

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
    await details.locator(".downstream button", { hasText: "weather/cities" }).click();
    await details.getByRole("heading", { name: "weather/cities", level: 1 }).waitFor();
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

  test("a workspace that is trusted now can run its assets at once", async () => {
    await window.run("Workspaces: Manage Workspace Trust");
    await window.page
      .locator(".workspace-trust-editor")
      .getByRole("button", { name: "Trust", exact: true })
      .click();
    await window.openFile("assets/weather.ts");
    await window.lens("Materialize").nth(1).waitFor();
    await expect.poll(() => processesOf(project.root, "serve"), { timeout: 60_000 }).toHaveLength(1);
    await window.screenshot("restricted-trusted");
  });
});
