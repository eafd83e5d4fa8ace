import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Project } from "../support/project.ts";
import { weatherFiles, writeWorkspace } from "./support/assets.ts";
import { expectRows } from "./support/dbt.ts";
import { type Opened, openProject } from "./support/opened.ts";
import type { EditorWindow } from "./support/window.ts";

/** A busy machine takes its time. */
const patient = { timeout: 60_000 };

let opened: Opened;
let project: Project;
let window: EditorWindow;

beforeAll(async () => {
  opened = await openProject(await writeWorkspace({ ...weatherFiles, "assets/alerts.ts": alerts }));
  ({ project, window } = opened);
}, 600_000);

afterAll(() => opened?.close("runs-end"));

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
    await picture
      .locator(".timeline .bars .state-failed .tinted[d], .timeline .bars .state-failed .solid[d]")
      .first()
      .waitFor({ state: "attached" });
    await window.click(lane, picture.locator(".gantt .row", { hasText: "alerts" }));
    expect(await picture.locator(".gantt .row .name").allTextContents()).toEqual(["readings", "alerts"]);
    await picture.locator(".log-row", { hasText: "Oslo is below zero" }).waitFor();
    await expect
      .poll(() => picture.locator(".facts").textContent(), patient)
      .toContain("Critical path: readings → alerts");
    const place = picture.getByRole("button", { name: "assets/alerts.ts:8" });
    await window.click(picture.locator(".gantt .row .name", { hasText: "alerts" }), place);
    await window.screenshot("runs-step");
    await window.click(place, window.activeTab("alerts.ts"));
  });

  test("retries what failed: the new run is there and selected when the asset is mended", async () => {
    await project.write(
      "assets/alerts.ts",
      `import { asset } from "millrace";
export const alerts = asset("reports/alerts", { materialize: () => [{ city: "Oslo" }] });
`,
    );
    await bringToFront();
    const head = picture().locator(".details-head");
    const retry = picture().getByRole("button", { name: "Retry what failed" });
    await window.click(retry, head.getByText("Run 2: reports/alerts"));
    await expect.poll(() => head.textContent(), patient).toMatch(/succeeded/);
    expect(await picture().locator(".gantt .row .name").allTextContents()).toEqual(["alerts"]);
    await window.screenshot("runs-retried");
  });

  test("is opened with its run by a click in the Runs view", async () => {
    const first = picture().locator("h2", { hasText: "Run 1: +reports/alerts" });
    await window.click(window.row("Runs", /^Run \+reports\/alerts, failed/), first);
  });

  test("is shown again, with its run, after the window was reloaded", async () => {
    await window.reload("millrace.runs", '"selected":"1"');
    await bringToFront();
    await picture().locator("h2", { hasText: "Run 1: +reports/alerts" }).waitFor();
    await picture().locator(".log-row", { hasText: "Oslo is below zero" }).waitFor();
  });

  test("shows the log of a run while it is written, and cancels it by a click", async () => {
    await project.write("assets/counting.ts", counting);
    await window.row("Assets", /^counting,/).waitFor();
    await window.run("Millrace: Materialize asset", "reports/counting");
    const heading = picture().locator("h2", { hasText: /Run \d+: reports\/counting/ });
    await window.click(window.row("Runs", /^Run reports\/counting, running/), heading);
    await picture()
      .locator(".log-row", { hasText: /counted \d+/ })
      .first()
      .waitFor();
    const seen = await counted();
    await expect.poll(counted, patient).toBeGreaterThan(seen);
    await window.screenshot("runs-live");
    const canceled = picture().locator(".details-head", { hasText: "canceled" });
    await window.click(picture().getByRole("button", { name: "Cancel", exact: true }), canceled);
    await window.row("Runs", /^Run reports\/counting, canceled/).waitFor();
    await picture().getByRole("button", { name: "Retry what failed" }).waitFor();
    await window.screenshot("runs-canceled");
  });

  test("rows are shown again, of the same asset, after the window was reloaded", async () => {
    await window.openFile("assets/alerts.ts", "export const alerts");
    await window.run("Millrace: Preview rows");
    await expectRows(window, ["Oslo"]);
    await window.reload("millrace.rows", '"asset":"reports/alerts"');
    await expectRows(window, ["Oslo"]);
    await window.screenshot("rows-reloaded");
  });
});

/** The highest number that the log shows. */
async function counted(): Promise<number> {
  const lines = await picture().locator(".log-row").allTextContents();
  return Math.max(0, ...lines.map(it => Number(/counted (\d+)/.exec(it)?.[1] ?? 0)));
}

const alerts = `import { asset } from "millrace";
import { readings } from "./weather.ts";

export const alerts = asset("reports/alerts", {
  inputs: { readings },
  materialize: ({ readings }, { log }) => {
    log.warn("Oslo is below zero");
    if (!process.env.NEVER) throw new Error("nobody is on call");
    return readings;
  },
});
`;

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

function bringToFront() {
  return window.click(window.page.getByRole("tab", { name: "Runs", exact: true }), window.activeTab("Runs"));
}

function picture() {
  return window.picture("editor");
}
