import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Project } from "../support/project.ts";
import { weatherFiles, writeWorkspace } from "./support/assets.ts";
import { stopDatabase } from "./support/database.ts";
import { type Editor, startEditor } from "./support/editor.ts";
import type { EditorWindow } from "./support/window.ts";

/** A busy machine takes its time. */
const patient = { timeout: 60_000 };

let editor: Editor;
let project: Project;
let window: EditorWindow;

beforeAll(async () => {
  project = await writeWorkspace({
    ...weatherFiles,
    "assets/alerts.ts": `import { asset } from "millrace";
import { readings } from "./weather.ts";

export const alerts = asset("reports/alerts", {
  inputs: { readings },
  materialize: ({ readings }, { log }) => {
    log.warn("Oslo is below zero");
    if (!process.env.NEVER) throw new Error("nobody is on call");
    return readings;
  },
});
`,
  });
  editor = await startEditor();
  window = await editor.open(project.root);
}, 300_000);

afterAll(async () => {
  await window?.screenshot("runs-end");
  await editor?.stop();
  if (project) await stopDatabase(project.root);
  await project?.remove();
});

describe("the runs picture", { timeout: 200_000 }, () => {
  test("shows a run as it happens: its bar, its steps, its log and where it failed", async () => {
    await window.openView("Millrace");
    await window.openFile("assets/alerts.ts", "export const alerts");
    await window.lens("Materialize").first().waitFor();
    await window.run("Millrace: Show runs");
    const picture = window.picture("editor");
    await picture.locator(".empty", { hasText: "Nothing has run yet" }).waitFor();
    await window.run("Millrace: Materialize asset with upstream", "reports/alerts");
    const lane = picture.locator(".names .row", { hasText: "+reports/alerts" });
    await lane.waitFor();
    await picture
      .locator(".timeline .bars .state-failed .tinted[d], .timeline .bars .state-failed .solid[d]")
      .first()
      .waitFor({ state: "attached" });
    await lane.click();
    await picture.locator(".gantt .row", { hasText: "alerts" }).waitFor();
    expect(await picture.locator(".gantt .row .name").allTextContents()).toEqual(["readings", "alerts"]);
    await picture.locator(".log-row", { hasText: "Oslo is below zero" }).waitFor();
    await expect
      .poll(() => picture.locator(".facts").textContent(), patient)
      .toContain("Critical path: readings → alerts");
    await picture.locator(".gantt .row .name", { hasText: "alerts" }).click();
    await window.screenshot("runs-step");
    await picture.getByRole("button", { name: "assets/alerts.ts:8" }).click();
    await window.page.locator(".tabs-container .tab.active", { hasText: "alerts.ts" }).waitFor();
  });

  test("retries what failed: the new run is there and selected when the asset is mended", async () => {
    await project.write(
      "assets/alerts.ts",
      `import { asset } from "millrace";
export const alerts = asset("reports/alerts", { materialize: () => [{ city: "Oslo" }] });
`,
    );
    await window.page.getByRole("tab", { name: "Runs", exact: true }).click();
    const picture = window.picture("editor");
    await picture.getByRole("button", { name: "Retry what failed" }).click();
    await expect
      .poll(() => picture.locator(".details-head").textContent(), { timeout: 60_000 })
      .toMatch(/Run 2: reports\/alerts.*succeeded/);
    expect(await picture.locator(".gantt .row .name").allTextContents()).toEqual(["alerts"]);
    await window.screenshot("runs-retried");
  });

  test("is opened with its run by a click in the Runs view", async () => {
    await picture().getByRole("button", { name: "Close" }).click();
    await window.row("Runs", /^Run \+reports\/alerts, failed/).click();
    await picture().locator("h2", { hasText: "Run 1: +reports/alerts" }).waitFor();
  });

  test("is shown again, with its run, after the window was reloaded", async () => {
    await window.reload("millrace.runs", '"selected":"1"');
    await window.page.getByRole("tab", { name: "Runs", exact: true }).click();
    await picture().locator("h2", { hasText: "Run 1: +reports/alerts" }).waitFor();
    await picture().locator(".log-row", { hasText: "Oslo is below zero" }).waitFor();
  });

  test("shows the log of a run while it is written, and cancels it by a click", async () => {
    await project.write("assets/counting.ts", counting);
    await window.row("Assets", /^counting,/).waitFor();
    await window.run("Millrace: Materialize asset", "reports/counting");
    await window.row("Runs", /^Run reports\/counting, running/).click();
    await picture()
      .locator("h2", { hasText: /Run \d+: reports\/counting/ })
      .waitFor();
    await picture()
      .locator(".log-row", { hasText: /counted \d+/ })
      .first()
      .waitFor();
    const seen = await counted();
    await expect.poll(counted, patient).toBeGreaterThan(seen);
    await window.screenshot("runs-live");
    await picture().getByRole("button", { name: "Cancel", exact: true }).click();
    await picture().locator(".details-head", { hasText: "canceled" }).waitFor();
    await window.row("Runs", /^Run reports\/counting, canceled/).waitFor();
    await picture().getByRole("button", { name: "Retry what failed" }).waitFor();
    await window.screenshot("runs-canceled");
  });
});

/** The highest number that the log shows. */
async function counted(): Promise<number> {
  const lines = await picture().locator(".log-row").allTextContents();
  return Math.max(0, ...lines.map(it => Number(/counted (\d+)/.exec(it)?.[1] ?? 0)));
}

const counting = `import { asset } from "millrace";

export const counting = asset("reports/counting", {
  materialize: async (_, { log, signal }) => {
    for (let n = 1; n <= 3000; n++) {
      signal.throwIfAborted();
      log.info("counted " + n);
      await new Promise(resolve => setTimeout(resolve, 100));
    }
    return [];
  },
});
`;

function picture() {
  return window.picture("editor");
}
