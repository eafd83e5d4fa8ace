import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Project } from "../support/project.ts";
import { writeWorkspace } from "./support/assets.ts";
import { queryWorkspace } from "./support/database.ts";
import { type Opened, openProject } from "./support/opened.ts";
import type { EditorWindow } from "./support/window.ts";

let opened: Opened;
let project: Project;
let window: EditorWindow;

beforeAll(async () => {
  opened = await openProject(await writeWorkspace({ "assets/daily.ts": daily, "assets/bad-2026-01-05": "" }));
  ({ project, window } = opened);
  await window.openView("Millrace");
}, 600_000);

afterAll(() => opened?.close("backfills-end"));

describe("a backfill from the palette", { timeout: 300_000 }, () => {
  test("begins with what there is to do: what is missing, the last seven, all, a range", async () => {
    await window.openFile("assets/daily.ts", "export const raw");
    await window.row("Assets", /^raw,.*never materialized/).waitFor();
    await window.run("Millrace: Backfill…", "raw");
    await offered("Missing").waitFor();
    expect(await labels()).toEqual(["Missing", "Last 7", "All", "A range…"]);
    await window.screenshot("backfills-presets");
    await window.click(offered("Last 7"), offered("Launch"));
    expect(await offered("Launch").innerText()).toContain("7 partitions in 7 runs");
    expect(await offered("raw").innerText()).toContain("7 missing");
    await window.click(offered("Launch"), window.row("Assets", /^raw,.*\b7\/30/));
    expect(await made("raw")).toEqual(["2026-01-24", "2026-01-30"]);
  });

  test("tells what failed in the tree and in one notification, and tries again from there", async () => {
    await window.run("Millrace: Backfill…", "raw");
    await window.click(offered("Missing"), offered("Launch"));
    expect(await offered("Launch").innerText()).toMatch(/23 partitions in 23 runs, about \d/);
    await window.click(offered("Launch"), window.row("Assets", /^raw,.*29\/30 · 1 failed/));
    const told = window.notification(/1 partition failed. the file of 2026-01-05 is empty/);
    await told.waitFor();
    await window.row("Runs", /^Backfill raw, .*22 of 23 · 1 failed/).waitFor();
    await window.screenshot("backfills-failed");
    await rm(join(project.root, "assets", "bad-2026-01-05"));
    await window.click(told.getByRole("button", { name: "Retry failed" }), row("raw", /30\/30/));
    await window.row("Runs", /^Backfill raw, .*23 of 23/).waitFor();
  });

  test("offers what is stale with its number, and the tree says on hover why it is", async () => {
    await window.run("Millrace: Backfill…", "totals", "All");
    expect(await offered("Launch").innerText()).toContain("30 partitions in 30 runs");
    await window.click(offered("Launch"), row("totals", /30\/30/));
    await window.run("Millrace: Materialize asset", "raw", "2026-01-29");
    const stale = row("totals", /30\/30 · 1 stale/);
    await stale.waitFor();
    const why = window.page.locator(".monaco-hover:visible", { hasText: "raw 2026-01-29 is newer" });
    await window.hover(stale, why);
    await window.screenshot("backfills-stale");
    await window.run("Millrace: Backfill…", "totals");
    await offered("Stale").waitFor();
    expect(await offered("Stale").innerText()).toContain("1 partition");
    await window.click(offered("Stale"), offered("Launch"));
    await window.click(offered("Launch"), row("totals", /30\/30 · (?!1 stale)/));
  });
});

describe("a backfill that goes on", { timeout: 300_000 }, () => {
  test("survives a reload of the window, is paused, resumed and canceled in the Runs view", async () => {
    await window.run("Millrace: Backfill…", "slow", "All");
    await window.click(offered("Runs at once…"), window.page.locator(".quick-input-message"));
    await window.page.keyboard.type("1");
    await window.page.keyboard.press("Enter");
    await window.click(offered("Launch"), backfill(/[1-9]\d* of 30/));
    await window.page.reload();
    await backfill(/[1-9]\d* of 30/).waitFor();
    const before = await materialized("slow");
    await expect.poll(() => materialized("slow"), { timeout: 60_000 }).toBeGreaterThan(before);
    await window.screenshot("backfills-reloaded");

    const paused = backfill(/paused · \d+ of 30/);
    const running = backfill(/(?<!(paused|canceled) · \d*)[1-9]\d* of 30/);
    await window.clickAction(running, "Pause backfill", paused);
    await window.page.reload();
    await paused.waitFor();
    await window.screenshot("backfills-paused");
    const then = await materialized("slow");
    await window.clickAction(paused, "Resume backfill", running);
    await expect.poll(() => materialized("slow"), { timeout: 60_000 }).toBeGreaterThan(then);

    const canceled = backfill(/canceled · \d+ of 30/);
    await window.clickAction(running, "Cancel backfill", canceled);
    await window.clickAction(canceled, "Retry what failed or is missing", running);
    await backfill(/30 of 30/).waitFor({ timeout: 120_000 });
    expect(await materialized("slow")).toBe(30);
  });
});

describe("keys that come and go", { timeout: 300_000 }, () => {
  test("are added by name, and removed by taking away their tick", async () => {
    await window.run("Millrace: Edit partition keys…");
    await tick("Add keys…");
    await window.page.keyboard.press("Enter");
    await window.page.locator(".quick-input-message", { hasText: "New keys" }).waitFor();
    await window.page.keyboard.type("ada, grace");
    await window.page.keyboard.press("Enter");
    await expect.poll(keys, { timeout: 60_000 }).toEqual(["ada", "grace"]);

    await window.run("Millrace: Edit partition keys…");
    await offered("grace").waitFor();
    await window.screenshot("backfills-keys");
    await tick("ada");
    await window.page.keyboard.press("Enter");
    await expect.poll(keys, { timeout: 60_000 }).toEqual(["grace"]);
  });

  test("are parts of the keys of several dimensions: the latest day of all customers", async () => {
    await window.openFile("assets/daily.ts", "export const visits");
    const latest = window.lensTitled("Materialize the latest partition of visits");
    await window.start(latest, row("visits", /1\/30/));
    expect(await queryWorkspace(project.root, "select customer, day from assets.visits")).toEqual([
      { customer: "grace", day: "2026-01-30" },
    ]);
  });
});

const row = (asset: string, words: RegExp) => window.row("Assets", new RegExp(`^${asset},.*${words.source}`));
const backfill = (words: RegExp) => window.row("Runs", new RegExp(`^Backfill slow, .*${words.source}`));

/** A line of the list that is open, by its beginning. */
function offered(label: string) {
  return window.page
    .locator(".quick-input-list .monaco-list-row")
    .filter({ has: window.page.locator(".label-name", { hasText: new RegExp(`^\\W*${label}`) }) })
    .first();
}

/** Sets the tick of a line, or takes it away. */
async function tick(label: string) {
  const line = offered(label);
  const before = await line.getAttribute("aria-checked");
  await line.locator(".quick-input-list-entry").click();
  await expect.poll(() => line.getAttribute("aria-checked")).not.toBe(before);
}

async function labels(): Promise<string[]> {
  return window.page.locator(".quick-input-list .monaco-list-row .label-name").allInnerTexts();
}

async function made(table: string): Promise<string[]> {
  const found = await queryWorkspace(
    project.root,
    `select min(day) as first, max(day) as last from assets.${table}`,
  );
  return Object.values((found as Record<string, string>[])[0] ?? {});
}

async function materialized(asset: string): Promise<number> {
  const found = await queryWorkspace(
    project.root,
    `select count(*)::int as n from millrace.asset_partition
     where asset = '${asset}' and materialization_id is not null`,
  );
  return (found as { n: number }[])[0]?.n ?? 0;
}

async function keys(): Promise<string[]> {
  const found = await queryWorkspace(
    project.root,
    "select key from millrace.dynamic_partition order by position",
  );
  return (found as { key: string }[]).map(it => it.key);
}

const daily = `import { existsSync } from "node:fs";
import { asset, dailyPartitions, dynamicPartitions, multiPartitions } from "millrace";

const days = dailyPartitions({ start: "2026-01-01", end: "2026-01-31" });

export const raw = asset("raw", {
  partitions: days,
  materialize: (_, { partition }) => {
    if (existsSync(import.meta.dirname + "/bad-" + partition.key)) throw new Error("the file of " + partition.key + " is empty");
    return [{ day: partition.key }];
  },
});

export const totals = asset("totals", {
  inputs: { raw },
  partitions: days,
  materialize: ({ raw }, { partition }) => [{ day: partition.key, total: raw.length }],
});

export const slow = asset("slow", {
  partitions: days,
  materialize: async (_, { partition }) => {
    await new Promise(resolve => setTimeout(resolve, 1_000));
    return [{ day: partition.key }];
  },
});

export const visits = asset("visits", {
  partitions: multiPartitions({ day: days, customer: dynamicPartitions("customers") }),
  materialize: (_, { partition }) => [{ customer: partition.dimensions.customer ?? "", day: partition.dimensions.day ?? "" }],
});
`;
