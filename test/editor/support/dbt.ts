import type { Locator } from "playwright-core";
import { expect } from "vitest";
import { testDbt } from "../../support/dbt.ts";
import { writeWorkspace } from "./assets.ts";
import { type Opened, openProject } from "./opened.ts";
import type { EditorWindow } from "./window.ts";

/** TypeScript that feeds a dbt project, and TypeScript that reads it, in a window; dbt has not parsed it yet. */
export async function openShop(size: { width: number; height: number }): Promise<Opened> {
  const { command } = await testDbt();
  const files = { ...shopFiles, "millrace.json": JSON.stringify({ dbt: { command } }) };
  // What is drawn on a canvas cannot be read.
  const settings = { "terminal.integrated.gpuAcceleration": "off" };
  const opened = await openProject(await writeWorkspace(files), { size, settings });
  opened.window.page.setDefaultTimeout(30_000);
  return opened;
}

/** Waits until the Rows panel shows these. */
export async function expectRows(window: EditorWindow, ...expected: string[][]): Promise<void> {
  const lines = window.picture("editor").locator("table.grid tbody tr");
  const read = () =>
    lines.evaluateAll(all => all.map(line => Array.from(line.children, cell => cell.textContent)));
  await expect.poll(read, { timeout: 60_000 }).toEqual(expected);
}

/** Clicks the row by which dbt parses. One that is drawn anew hears no click; what is so no more is gone by itself. */
export async function parse(unread: Locator) {
  for (let attempt = 1; ; attempt++) {
    try {
      await unread.click({ timeout: 10_000 });
      return await unread.waitFor({ state: "detached", timeout: 20_000 });
    } catch (error) {
      if (!(await unread.isVisible())) return;
      if (attempt === 3) throw error;
    }
  }
}

const shopFiles: Record<string, string> = {
  "assets/orders.ts": `import { asset, dbtModel } from "millrace";

export const orders = asset("orders", {
  checks: [{ name: "cheap", sql: "amount < 20" }],
  materialize: () => [
    { id: 1, city: "Oslo", amount: 12.5 },
    { id: 2, city: "Lima", amount: 30 },
    { id: 3, city: "Oslo", amount: 7 },
  ],
});

const totals = dbtModel<{ city: string; total: number }>("totals");

export const report = asset("report", {
  inputs: { totals },
  materialize: ({ totals }) => totals.map(it => ({ line: \`\${it.city}: \${it.total}\` })),
});
`,
  "shop/dbt_project.yml": `name: shop
version: "1.0"
profile: shop
models:
  shop:
    +group: shop
    +materialized: table
`,
  "shop/models/shop.yml": `version: 2
groups:
  - name: shop
    owner: { name: shop }
sources:
  - name: raw
    schema: assets
    tables:
      - name: orders
        columns:
          - name: id
            data_tests: [not_null]
models:
  - name: totals
    description: What each city ordered.
    columns:
      - name: city
        description: Where it was sent.
        data_tests:
          - not_null
          - accepted_values:
              arguments: { values: [Oslo, Lima] }
      - name: total
`,
  "shop/models/clean.sql": "select id, city, amount\nfrom {{ source('raw', 'orders') }}\nwhere amount > 0\n",
  "shop/models/totals.sql":
    "select\n  city,\n  sum(amount) as total\nfrom {{ ref('clean') }}\ngroup by city\n",
  "shop/tests/no_total_is_negative.sql": "select * from {{ ref('totals') }} where total < 0\n",
};
