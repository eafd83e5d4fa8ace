import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Project } from "../support/project.ts";
import { writeWorkspace } from "./support/assets.ts";
import { type Opened, openProject } from "./support/opened.ts";
import { processesOf } from "./support/processes.ts";
import type { EditorWindow } from "./support/window.ts";

let opened: Opened;
let project: Project;
let window: EditorWindow;

beforeAll(async () => {
  opened = await openProject(await writeWorkspace(files), {
    size: { width: 1280, height: 1700 },
  });
  ({ project, window } = opened);
}, 600_000);

afterAll(() => opened?.close("automation-end"));

describe("the Automation view", { timeout: 200_000 }, () => {
  test("lists what there is, each with whether it is on, and says that nobody evaluates it", async () => {
    await window.openView("Millrace");
    await row(/^Daemon, not running/).waitFor();
    await row(/^new_files, files incoming\/\*\.csv · no tick yet · on/).waitFor();
    await row(/^nightly, off$/).waitFor();
    await row(/^report, no tick yet · on/).waitFor();
    await row(/^report, never materialized.* within 1 d/).waitFor();
    await window.screenshot("automation-listed");
  });

  test("switches on and off by a click, and back to what the code says", async () => {
    await act(/^nightly, off$/, "Switch on");
    await row(/^nightly, on by hand · next /).waitFor();
    await act(/^nightly, on by hand/, "Switch off");
    await row(/^nightly, off by hand$/).waitFor();
    await window.screenshot("automation-switched");
    await window.chooseFromMenu(row(/^nightly, off by hand$/), "Reset to code");
    await row(/^nightly, off$/).waitFor();
  });

  test("tells by a test tick what a tick would come to now, which changes nothing", async () => {
    await act(/^nightly, off$/, "Test tick");
    await window.activeTab("Test of nightly").waitFor();
    await text("A test: nothing was changed by it.").waitFor();
    await text("It would request:").waitFor();
    await text("readings").waitFor();
    await window.screenshot("automation-test-tick");
    await row(/^nightly, off$/).waitFor();
    await window.page.getByText("Nothing has run yet.").waitFor();
  });

  test("starts a daemon by a click, which then leads", async () => {
    await window.click(row(/^Daemon, not running/), row(/^Daemon, on .*, started/));
    expect(processesOf(project.root, " daemon")).toHaveLength(1);
    await window.screenshot("automation-daemon");
  });

  test("shows the tick of a file that arrives, and its run, as they happen", async () => {
    await row(/^new_files, .* · 1 file was there before/).waitFor();
    await project.write("incoming/oslo.csv", "city,celsius\nOslo,-3\n");
    await row(/^new_files, .* · requested 1 run/).waitFor();
    await window.click(row(/^new_files/), row(/^\d\d:\d\d:\d\d, 1 file was there before/));
    const cursor = row(/^Cursor, – → incoming\/oslo\.csv/);
    await window.click(row(/^\d\d:\d\d:\d\d, requested 1 run/), cursor);
    await row(/^1 file arrived/).waitFor();
    await window.screenshot("automation-tick");
    const run = window.picture("editor").locator("h2", { hasText: "readings" });
    await window.click(row(/^Run \d+, readings/), run);
  });

  test("tells from an asset why it was made and why not now: the rule as a tree of true and false", async () => {
    await window.chooseFromMenu(window.row("Assets", /^report,/), "Show why an asset is made or not");
    const why = window.picture("editor");
    await why.locator("h1", { hasText: "report" }).waitFor();
    await why
      .getByRole("treeitem", { name: /, not true$/ })
      .first()
      .waitFor();
    await window.screenshot("automation-why-now");
    const made = why.getByRole("option", { name: /requested: / }).first();
    await made.waitFor();
    await made.click();
    await why.locator(".reason", { hasText: /requests it/ }).waitFor();
    await why
      .getByRole("treeitem", { name: /, true/ })
      .first()
      .waitFor();
    await window.screenshot("automation-why-made");
    await window.click(why.getByRole("button", { name: /^Run \d+$/ }), window.activeTab("Runs"));
  });

  test("leads from a tick that failed to the line that threw", async () => {
    await project.write("incoming/bad.csv", "?");
    await row(/^new_files, failing/).waitFor();
    const place = row(/no city in incoming\/bad\.csv, assets\/stations\.ts:\d+/);
    await window.click(row(/^\d\d:\d\d:\d\d, failed: .*no city in incoming\/bad\.csv/), place);
    await window.click(place, window.activeTab("stations.ts"));
    await window.screenshot("automation-failing");
  });

  test("stops the daemon by a click, as Ctrl+C would", async () => {
    await act(/^Daemon, /, "Stop daemon");
    await row(/^Daemon, not running/).waitFor();
    await expect.poll(() => processesOf(project.root, " daemon")).toEqual([]);
  });
});

function row(words: RegExp) {
  return window.row("Automation", words);
}

function act(words: RegExp, action: string) {
  return window.clickAction(row(words), action);
}

function text(words: string) {
  return window.page.locator(".view-line", { hasText: words }).first();
}

const report = `import { asset, eager, freshWithin, onCron } from "millrace";
import { readings } from "./stations.ts";

export const report = asset("report", {
  inputs: { readings },
  automation: eager(),
  freshness: freshWithin("24 h"),
  materialize: ({ readings }) => readings,
});

export const rule = onCron;
`;

const stations = `import { asset, fileSensor, runRequest, schedule, skip } from "millrace";

export const readings = asset("readings", { materialize: () => [{ city: "Oslo", celsius: -3 }] });

export const newFiles = fileSensor("new_files", {
  description: "Makes the readings when a file arrives.",
  files: "incoming/*.csv",
  run: ({ files, lastTickAt, log, setCursor }) => {
    if (lastTickAt === null) return skip(files.length + " file was there before");
    if (files.some(it => it.path.includes("bad"))) throw new Error("no city in " + files[0]?.path);
    log.info(files.length + " file arrived");
    setCursor(files[0]?.path ?? null);
    return runRequest({ assets: [readings] });
  },
});

export const nightly = schedule("nightly", { cron: "0 3 * * *", assets: [readings], on: false });
`;

const files = {
  "assets/stations.ts": stations,
  "assets/report.ts": report,
  "incoming/lima.csv": "city,celsius\n",
};
