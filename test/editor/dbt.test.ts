import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Project } from "../support/project.ts";
import { expectRows, openShop, parse } from "./support/dbt.ts";
import type { Opened } from "./support/opened.ts";
import type { EditorWindow } from "./support/window.ts";

const patient = { timeout: 60_000 };

let opened: Opened;
let project: Project;
let window: EditorWindow;

beforeAll(async () => {
  opened = await openShop({ width: 1280, height: 1000 });
  ({ project, window } = opened);
}, 600_000);

afterAll(() => opened?.close("dbt-end"));

describe("a dbt project in the editor", { timeout: 300_000 }, () => {
  test("is drawn before dbt has parsed it, and a click lets dbt parse it", async () => {
    await window.openView("Millrace");
    await window.row("Assets", /^clean,/).waitFor();
    const unread = window.row("Assets", /dbt has not parsed shop yet/);
    await unread.waitFor();
    await window.screenshot("dbt-unparsed");
    await parse(unread);
    await window.row("Assets", /^Group shop/).waitFor();
  });

  test("has lenses above a model, and above what YAML says of it", async () => {
    await window.openFile("shop/models/totals.sql");
    await window.lensTitled("Materialize totals").waitFor();
    await window.lensTitled("Materialize totals and all that it needs").waitFor();
    await window.screenshot("dbt-model");
    await window.openFile("shop/models/shop.yml", "- name: totals");
    await window.lensTitled("Materialize totals").waitFor();
    await window.screenshot("dbt-yaml");
  });

  test("leads from source() to the TypeScript that feeds it, and from dbtModel() to the SQL", async () => {
    await window.openFile("shop/models/clean.sql", "from {{");
    await goToDefinition("orders");
    await window.activeTab("orders.ts").waitFor();
    await window.openFile("assets/orders.ts", "dbtModel<");
    await goToDefinition("totals");
    await window.activeTab("totals.sql").waitFor();
    await window.openFile("shop/models/totals.sql", "from {{");
    await goToDefinition("clean");
    await window.activeTab("clean.sql").waitFor();
  });

  test("says which models changed since; what dbt cannot read is a problem at its line", async () => {
    await project.write(
      "shop/models/clean.sql",
      "select id, city, amount\nfrom {{ source('raw', 'orders' }}\n",
    );
    const unread = window.row("Assets", /1 model changed since dbt parsed/);
    await window.click(unread, window.problemAtCursor(/unexpected '}'/));
    await expect
      .poll(() => window.problems(), patient)
      .toContainEqual(expect.stringMatching(/unexpected '}'.*\[Ln 2, Col \d+\]/s));
    await window.screenshot("dbt-unreadable");
    await project.write(
      "shop/models/clean.sql",
      "select id, city, amount\nfrom {{ source('raw', 'orders') }}\n",
    );
    await parse(unread);
    await window.problemAtCursor(/unexpected '}'/).waitFor({ state: "detached" });
    await expect
      .poll(() => window.problems(), patient)
      .not.toContainEqual(expect.stringMatching(/unexpected/));
  });

  test("shows at its line what dbt cannot read when a run is asked for", async () => {
    const broken = "select id, city, amount\nfrom {{ source('raw', 'orders' }}\n";
    await project.write("shop/models/clean.sql", broken);
    await window.row("Assets", /1 model changed since dbt parsed/).waitFor();
    await window.openFile("shop/models/totals.sql");
    const told = window.problemAtCursor(/unexpected '}'/);
    await window.start(window.lensTitled("Materialize totals and all that it needs"), told);
    await expect
      .poll(() => window.problems(), patient)
      .toContainEqual(expect.stringMatching(/unexpected '}'.*\[Ln 2, Col \d+\]/s));
    await window.screenshot("dbt-run-unreadable");
    await project.write("shop/models/clean.sql", broken.replace("' }}", "') }}"));
    await parse(window.row("Assets", /1 model changed since dbt parsed/));
    await expect
      .poll(() => window.problems(), patient)
      .not.toContainEqual(expect.stringMatching(/unexpected/));
  });

  test("makes a model and what it needs, and reads it in TypeScript", async () => {
    await window.openFile("assets/orders.ts", "export const report");
    await window.start(
      window.lensTitled("Materialize report and all that it needs"),
      window.row("Assets", /^report,.* 2 rows/),
    );
    await window.row("Assets", /^orders,.* 3 rows · 1 check failed/).waitFor();
    // What dbt compiled has the same name, and is not offered beside the model.
    await window.openFile("shop/models/totals.sql");
    await window.lens(/2 rows/).waitFor();
    await window.screenshot("dbt-materialized");
  });

  test("shows the rows of a model and of a TypeScript asset, ordered by a click on a name", async () => {
    await window.openFile("shop/models/totals.sql");
    await window.run("Millrace: Preview rows");
    await expectRows(window, ["Oslo", "19.5"], ["Lima", "30"]);
    const total = window.picture("editor").getByRole("columnheader", { name: "total" });
    const sorted = (way: string) =>
      window.picture("editor").locator(`th[aria-sort="${way}"]`, { hasText: "total" });
    await window.click(total, sorted("ascending"));
    await expectRows(window, ["Oslo", "19.5"], ["Lima", "30"]);
    await window.click(total, sorted("descending"));
    await expectRows(window, ["Lima", "30"], ["Oslo", "19.5"]);
    await window.screenshot("dbt-rows");
    await window.openFile("assets/orders.ts", "export const orders");
    await window.run("Millrace: Preview rows");
    const orders = [
      ["1", "Oslo", "12.5"],
      ["2", "Lima", "30"],
      ["3", "Oslo", "7"],
    ];
    await expectRows(window, ...orders);
    await window.screenshot("dbt-rows-of-typescript");
  });

  test("has its tests beside the checks in the Testing view, which tells what fails where it is written", async () => {
    const schema = await readFile(join(project.root, "shop/models/shop.yml"), "utf8");
    await project.write("shop/models/shop.yml", schema.replace("[Oslo, Lima]", "[Oslo]"));
    await window.row("Assets", /changed since dbt parsed/).waitFor();
    await parse(window.row("Assets", /changed since dbt parsed/));
    await window.openFile("shop/models/shop.yml", "accepted_values");
    await window.openView("Testing");
    await window.run("Test: Run All Tests");
    await testRow(/^orders \(Failed/).waitFor(patient);
    await unfold(testRow(/^orders /), testRow(/^cheap \(Failed/));
    await testRow(/^source_not_null_raw_orders_id \(Passed/).waitFor();
    await unfold(testRow(/^totals \(Failed/), testRow(/^accepted_values_totals_city__Oslo \(Failed/));
    await testRow(/^not_null_totals_city \(Passed/).waitFor();
    await testRow(/^no_total_is_negative \(Passed/).waitFor();
    const told = window.page.locator(".monaco-editor").getByText("Got 1 result, configured to fail");
    await told.first().waitFor();
    const written = window.page.locator(".view-line", { hasText: "accepted_values" }).first();
    const [message, line] = [await told.first().boundingBox(), await written.boundingBox()];
    expect(Math.abs((message?.y ?? 0) - (line?.y ?? 99))).toBeLessThan(line?.height ?? 0);
    await window.screenshot("dbt-tests");
  });

  test("runs one test by a click, as it is written now", async () => {
    await project.write(
      "shop/tests/no_total_is_negative.sql",
      "select * from {{ ref('totals') }} where total > 25\n",
    );
    await window.clickAction(testRow(/^no_total_is_negative /), "Run Test");
    await testRow(/^no_total_is_negative \(Failed/).waitFor(patient);
  });

  test("tells an error in a model's SQL at its line, as long as it is there", async () => {
    await project.write("shop/models/totals.sql", totalsOf("amounts"));
    await window.openFile("shop/models/totals.sql");
    const told = window.notification(/column "amounts" does not exist/);
    await window.start(window.lensTitled("Materialize totals"), told);
    const wrong = expect.stringMatching(/totals: column "amounts" does not exist.*\[Ln 3, Col 7\]/s);
    await expect.poll(() => window.problems(), patient).toContainEqual(wrong);
    await window.screenshot("dbt-sql-error");
    await project.write("shop/models/totals.sql", totalsOf("amount"));
    await expect.poll(() => window.problems(), patient).not.toContainEqual(wrong);
  });

  test("is called by any command of dbt's own, in a terminal that stays when dbt has ended", async () => {
    await window.run("Millrace: Call dbt…", "debug");
    await printed("All checks passed!").waitFor(patient);
    await window.screenshot("dbt-debug");
    await window.run("Millrace: Call dbt…");
    const input = window.page.locator(".quick-input-widget input").first();
    const written = "docs generate --select totals";
    await input.fill(written);
    await window.page.locator(".quick-input-list .monaco-list-row", { hasText: written }).first().click();
    await printed("Catalog written to").waitFor(patient);
    await window.screenshot("dbt-docs");
  });
});

function totalsOf(column: string): string {
  return `select\n  city,\n  sum(${column}) as total\nfrom {{ ref('clean') }}\ngroup by city\n`;
}

function testRow(words: RegExp) {
  return window.page.locator(".test-explorer").getByRole("treeitem", { name: words });
}

/** A line of a terminal. */
function printed(words: string) {
  return window.page.locator(".xterm-rows > div", { hasText: words }).last();
}

async function unfold(row: Locator, first: Locator) {
  await window.click(row, first);
}

async function goToDefinition(word: string) {
  const line = window.page.locator(".view-line", { hasText: word }).filter({ hasText: /[({]/ }).first();
  await line.getByText(word, { exact: false }).last().click();
  await window.page.keyboard.press("F12");
}
