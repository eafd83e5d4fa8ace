import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Project } from "../support/project.ts";
import { queryWorkspace } from "./support/database.ts";
import { expectRows, openShop, parse } from "./support/dbt.ts";
import type { Opened } from "./support/opened.ts";
import type { EditorWindow } from "./support/window.ts";

const patient = { timeout: 60_000 };

let opened: Opened;
let project: Project;
let window: EditorWindow;

beforeAll(async () => {
  opened = await openShop({ width: 1600, height: 1000 });
  ({ project, window } = opened);
}, 600_000);

afterAll(() => opened?.close("dbt-models-end"));

describe("the details of an asset", { timeout: 300_000 }, () => {
  test("show a dbt model that is chosen: its columns, what tests them, and what is beside it", async () => {
    await window.openView("Millrace");
    await parse(window.row("Assets", /dbt has not parsed shop yet/));
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
    await goUpstream("clean");
    await goUpstream("orders");
    await picture().locator(".checks li", { hasText: "cheap" }).waitFor();
    await window.click(picture().getByRole("button", { name: "Back" }), heading("clean"));
    await window.click(picture().getByRole("button", { name: "Back" }), heading("totals"));
  });

  test("show the SQL that dbt makes of it, and open it as a document", async () => {
    const compiled = picture().locator(".sql code", { hasText: "sum(amount)" });
    await window.click(picture().getByRole("button", { name: "Compile" }), compiled);
    await expect
      .poll(() => picture().locator(".sql code").textContent(), { timeout: 90_000 })
      .toMatch(/sum\(amount\) as total\s+from "\w+"\."\w+"\."clean"/);
    await window.screenshot("details-sql");
  });

  test("tell how it stands while it is made, with the types of the database, and nothing moves", async () => {
    const before = await picture().locator(".columns").boundingBox();
    const goesOn = picture().locator(".state-words", { hasText: /running|queued|waits/ });
    await window.click(picture().getByRole("button", { name: "With upstream" }), goesOn);
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
    await goUpstream("clean");
    await goUpstream("orders");
    const failed = /failed: 1 row does not satisfy.*(just now|s ago)/;
    const check = picture().locator(".checks li", { hasText: "cheap" });
    await window.click(
      picture().getByRole("button", { name: "Run cheap" }),
      check.filter({ hasText: failed }),
    );
    await window.screenshot("details-check");
  });

  test("follow what is selected in the tree, until they are told to stay", async () => {
    await window.click(window.row("Assets", /^report,/), heading("report"));
    const keep = picture().getByRole("button", { name: "Keep this asset" });
    await window.click(keep, picture().getByRole("button", { name: "Keep this asset", pressed: true }));
    await window.click(window.row("Assets", /^clean,/), window.activeTab("clean.sql"));
    await expect.poll(() => heading("report").isVisible(), patient).toBe(true);
    await window.screenshot("details-kept");
  });
});

describe("models, tests and sources of dbt in the editor", { timeout: 300_000 }, () => {
  test("are made with full refresh, from the palette", async () => {
    await window.openFile("shop/models/totals.sql");
    await window.run("Millrace: Materialize with full refresh");
    const refreshed = () =>
      queryWorkspace(
        project.root,
        "select selection, status from millrace.run where (dbt_options->>'fullRefresh')::bool",
      );
    await expect.poll(refreshed, patient).toEqual([{ selection: "totals", status: "succeeded" }]);
  });

  test("are looked at by Debug of a test: its SQL, and beside it the rows that it finds", async () => {
    await project.write(
      "shop/tests/no_total_is_large.sql",
      "select * from {{ ref('totals') }} where total > 25\n",
    );
    await parse(window.row("Assets", /changed since dbt parsed/));
    await window.openFile("shop/tests/no_total_is_large.sql");
    await window.run("Test: Debug Test at Cursor");
    await window.picture("editor").getByText("what no_total_is_large finds").waitFor({ timeout: 90_000 });
    await expectRows(window, ["Lima", "30"]);
    await window.page.locator(".view-line", { hasText: /\."totals"/ }).waitFor();
    await window.screenshot("dbt-debug-test");
  });

  test("show how old a source's data is, when dbt has measured it", async () => {
    await queryWorkspace(
      project.root,
      "create table assets.events as select now() - interval '3 days' as loaded_at",
    );
    const freshness = "{ warn_after: { count: 1, period: hour }, error_after: { count: 1, period: day } }";
    await project.write(
      "shop/models/events.yml",
      `sources:\n  - name: outside\n    schema: assets\n    tables:\n      - name: events\n        config: { loaded_at_field: loaded_at, freshness: ${freshness} }\n`,
    );
    await parse(window.row("Assets", /changed since dbt parsed/));
    await window.row("Assets", /^events, in outside, source/).waitFor();
    await window.run("Millrace: Measure how fresh sources are");
    await window
      .row("Assets", /^events, in outside, source, source · overdue since/)
      .waitFor({ timeout: 60_000 });
    await window.screenshot("dbt-source-freshness");
  });
});

async function goUpstream(asset: string) {
  await window.click(picture().locator(".upstream button", { hasText: asset }), heading(asset));
}

function picture() {
  return window.picture("editor");
}

function heading(asset: string) {
  return picture().getByRole("heading", { name: asset, exact: true, level: 1 });
}

function columns(): Promise<string[]> {
  return picture().locator(".columns tbody th").allTextContents();
}
