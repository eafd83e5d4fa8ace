import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Project } from "../support/project.ts";
import { stopDatabase } from "./support/database.ts";
import { writeShop } from "./support/dbt.ts";
import { type Editor, startEditor } from "./support/editor.ts";
import type { EditorWindow } from "./support/window.ts";

const patient = { timeout: 60_000 };

let editor: Editor;
let project: Project;
let window: EditorWindow;

beforeAll(async () => {
  project = await writeShop();
  editor = await startEditor({ size: { width: 1600, height: 1000 } });
  window = await editor.open(project.root);
  window.page.setDefaultTimeout(30_000);
}, 600_000);

afterAll(async () => {
  await window?.screenshot("details-end");
  await editor?.stop();
  if (project) await stopDatabase(project.root);
  await project?.remove();
});

describe("the details of an asset", { timeout: 300_000 }, () => {
  test("show a dbt model that is chosen: its columns, what tests them, and what is beside it", async () => {
    await window.openView("Millrace");
    await window.row("Assets", /dbt has not parsed shop yet/).click();
    await window.row("Assets", /^Group shop/).waitFor({ timeout: 60_000 });
    await window.openFile("shop/models/totals.sql");
    await window.run("Millrace: Show details");
    await heading("totals").waitFor();
    await expect.poll(() => columns(), patient).toEqual(["city", "total"]);
    await picture().getByText("What each city ordered.").waitFor();
    await picture().getByText("Where it was sent.").waitFor();
    const city = picture().locator(".columns tr", { hasText: "Where it was sent." });
    expect(await city.locator(".chip .label").allTextContents()).toEqual(["not_null", "accepted_values"]);
    await picture().locator(".checks li", { hasText: "no_total_is_negative" }).waitFor();
    expect(await picture().locator(".upstream .name").allTextContents()).toEqual(["clean"]);
    expect(await picture().locator(".downstream .name").allTextContents()).toEqual(["report"]);
    await picture().getByText("dbt table model").waitFor();
    await window.screenshot("details-model");
  });

  test("follow a click on what is upstream, and lead back", async () => {
    await picture().locator(".upstream button", { hasText: "clean" }).click();
    await heading("clean").waitFor();
    await picture().locator(".upstream button", { hasText: "orders" }).click();
    await heading("orders").waitFor();
    await picture().locator(".checks li", { hasText: "cheap" }).waitFor();
    await picture().getByRole("button", { name: "Back" }).click();
    await picture().getByRole("button", { name: "Back" }).click();
    await heading("totals").waitFor();
  });

  test("show the SQL that dbt makes of it, and open it as a document", async () => {
    await picture().getByRole("button", { name: "Compile" }).click();
    await expect
      .poll(() => picture().locator(".sql code").textContent(), { timeout: 90_000 })
      .toMatch(/sum\(amount\) as total\s+from "\w+"\."\w+"\."clean"/);
    await window.screenshot("details-sql");
  });

  test("tell how it stands while it is made, with the types of the database, and nothing moves", async () => {
    const before = await picture().locator(".columns").boundingBox();
    await picture().getByRole("button", { name: "With upstream" }).click();
    await picture()
      .locator(".state-words", { hasText: /running|queued|waits/ })
      .waitFor();
    await expect
      .poll(() => picture().locator(".state-words").textContent(), { timeout: 120_000 })
      .toBe("materialized");
    expect(await picture().locator(".stats").textContent()).toContain("Rows2");
    await expect
      .poll(() => picture().locator(".columns td.type").allTextContents(), patient)
      .toEqual(["text", "double precision"]);
    const after = await picture().locator(".columns").boundingBox();
    expect(after?.y).toBeCloseTo(before?.y ?? -1, 0);
    await expect
      .poll(() => picture().locator(".checks li", { hasText: "not_null" }).textContent(), patient)
      .toMatch(/passed/);
    await expect.poll(() => picture().locator(".history li").count(), patient).toBe(1);
    await window.screenshot("details-materialized");
  });

  test("run a check by itself, and show how it came out", async () => {
    await picture().locator(".upstream button", { hasText: "clean" }).click();
    await heading("clean").waitFor();
    await picture().locator(".upstream button", { hasText: "orders" }).click();
    await heading("orders").waitFor();
    await picture().getByRole("button", { name: "Run cheap" }).click();
    await expect
      .poll(() => picture().locator(".checks li", { hasText: "cheap" }).textContent(), patient)
      .toMatch(/failed: 1 row does not satisfy.*(just now|s ago)/);
    await window.screenshot("details-check");
  });

  test("follow what is selected in the tree, until they are told to stay", async () => {
    await window.row("Assets", /^report,/).click();
    await heading("report").waitFor();
    await picture().getByRole("button", { name: "Keep this asset" }).click();
    await window.row("Assets", /^clean,/).click();
    await window.page.locator(".tabs-container .tab.active", { hasText: "clean.sql" }).waitFor();
    await expect.poll(() => heading("report").isVisible(), patient).toBe(true);
    await window.screenshot("details-kept");
  });
});

function picture() {
  return window.picture("editor");
}

function heading(asset: string) {
  return picture().getByRole("heading", { name: asset, exact: true, level: 1 });
}

function columns(): Promise<string[]> {
  return picture().locator(".columns tbody th").allTextContents();
}
