import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Project } from "../support/project.ts";
import { queryWorkspace, stopDatabase } from "./support/database.ts";
import { parse, writeShop } from "./support/dbt.ts";
import { type Editor, startEditor } from "./support/editor.ts";
import type { EditorWindow } from "./support/window.ts";

const patient = { timeout: 60_000 };

let editor: Editor;
let project: Project;
let window: EditorWindow;

beforeAll(async () => {
  project = await writeShop();
  editor = await startEditor({ size: { width: 1280, height: 1000 } });
  window = await editor.open(project.root);
  window.page.setDefaultTimeout(30_000);
}, 600_000);

afterAll(async () => {
  await window?.screenshot("dbt-commands-end");
  await editor?.stop();
  if (project) await stopDatabase(project.root);
  await project?.remove();
});

describe("models, tests and sources of dbt in the editor", { timeout: 300_000 }, () => {
  test("are made with full refresh, from the palette", async () => {
    await window.openView("Millrace");
    await parse(window.row("Assets", /dbt has not parsed shop yet/));
    await window.openFile("shop/models/totals.sql");
    await window.lensTitled("Materialize totals and all that it needs").click();
    await window.row("Assets", /^totals,.* 2 rows/).waitFor({ timeout: 120_000 });
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
    await rows(["Lima", "30"]);
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

function rows(...expected: string[][]) {
  const lines = window.picture("editor").locator("table.grid tbody tr");
  const read = () =>
    lines.evaluateAll(all => all.map(line => Array.from(line.children, cell => cell.textContent)));
  return expect.poll(read, patient).toEqual(expected);
}
