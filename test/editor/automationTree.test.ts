import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Project } from "../support/project.ts";
import { writeWorkspace } from "./support/assets.ts";
import { stopDatabase } from "./support/database.ts";
import { type Editor, startEditor } from "./support/editor.ts";
import { processesOf } from "./support/processes.ts";
import type { EditorWindow } from "./support/window.ts";

let editor: Editor;
let project: Project;
let window: EditorWindow;

beforeAll(async () => {
  project = await writeWorkspace({ "assets/stations.ts": stations, "incoming/lima.csv": "city,celsius\n" });
  editor = await startEditor({ size: { width: 1280, height: 1700 } });
  window = await editor.open(project.root);
}, 300_000);

afterAll(async () => {
  await window?.screenshot("automation-end");
  await editor?.stop();
  for (const pid of project ? processesOf(project.root, " daemon") : []) process.kill(pid, "SIGKILL");
  if (project) await stopDatabase(project.root);
  await project?.remove();
});

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

  test("starts a daemon by a click, which then leads", async () => {
    await row(/^Daemon, not running/).click();
    await row(/^Daemon, on .*, since/).waitFor();
    expect(processesOf(project.root, " daemon")).toHaveLength(1);
    await window.screenshot("automation-daemon");
  });

  test("shows the tick of a file that arrives, and its run, as they happen", async () => {
    await row(/^new_files, .* · 1 file was there before/).waitFor();
    await project.write("incoming/oslo.csv", "city,celsius\nOslo,-3\n");
    await row(/^new_files, .* · requested 1 run/).waitFor();
    await row(/^new_files/).click();
    await row(/^\d\d:\d\d:\d\d, requested 1 run/).click();
    await row(/^Cursor, – → incoming\/oslo\.csv/).waitFor();
    await row(/^1 file arrived/).waitFor();
    await window.screenshot("automation-tick");
    await row(/^Run \d+, readings/).click();
    await window.picture("editor").locator("h2", { hasText: "readings" }).waitFor();
  });

  test("leads from a tick that failed to the line that threw", async () => {
    await project.write("incoming/bad.csv", "?");
    await row(/^new_files, failing/).waitFor();
    await row(/^\d\d:\d\d:\d\d, failed: no city in incoming\/bad\.csv/).click();
    await row(/^no city in incoming\/bad\.csv, assets\/stations\.ts:\d+/).click();
    await window.page.locator(".tabs-container .tab.active", { hasText: "stations.ts" }).waitFor();
    await window.screenshot("automation-failing");
  });

  test("stops the daemon by a click, as Ctrl+C would", async () => {
    await row(/^Daemon, /).hover();
    await row(/^Daemon, /)
      .getByRole("button", { name: "Stop daemon" })
      .click();
    await row(/^Daemon, not running/).waitFor();
    await expect.poll(() => processesOf(project.root, " daemon")).toEqual([]);
  });
});

function row(words: RegExp) {
  return window.row("Automation", words);
}

const stations = `import { asset, eager, fileSensor, freshWithin, runRequest, schedule, skip } from "millrace";

export const readings = asset("readings", { materialize: () => [{ city: "Oslo", celsius: -3 }] });

export const report = asset("report", {
  inputs: { readings },
  automation: eager(),
  freshness: freshWithin("24 h"),
  materialize: ({ readings }) => readings,
});

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
