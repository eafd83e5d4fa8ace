import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Project } from "../support/project.ts";
import { writeWorkspace } from "./support/assets.ts";
import { stopDatabase } from "./support/database.ts";
import { type Editor, startEditor } from "./support/editor.ts";
import type { EditorWindow } from "./support/window.ts";

/** Within the line, and not below the scrollbar that lies on its end. */
const place = { position: { x: 60, y: 8 } };

let editor: Editor;
let project: Project;
let window: EditorWindow;

beforeAll(async () => {
  project = await writeWorkspace({
    "assets/report.ts": `import { asset, eager, onCron } from "millrace";

export const readings = asset("readings", { materialize: () => [{ city: "Oslo", celsius: -3 }] });

export const report = asset("report", {
  inputs: { readings },
  automation: eager(),
  materialize: ({ readings }) => readings,
});

export const rule = onCron;
`,
  });
  editor = await startEditor({ settings: { "files.autoSave": "off" }, size: { width: 1400, height: 900 } });
  window = await editor.open(project.root);
  window.page.setDefaultTimeout(30_000);
}, 300_000);

afterAll(async () => {
  await window?.screenshot("what-if-end");
  await editor?.stop();
  if (project) await stopDatabase(project.root);
  await project?.remove();
});

describe("a rule that is being edited", { timeout: 200_000 }, () => {
  test("is opened beside its text by the lens at its line, and played as it is typed", async () => {
    await window.openFile("assets/report.ts");
    await window.lens("Why, and what if").click();
    const picture = window.picture("editor");
    await picture.locator(".what-if p", { hasText: "This rule would have launched 0 runs" }).waitFor();
    await window.screenshot("what-if-saved");
    await window.page.locator(".view-line", { hasText: "automation: eager()" }).click(place);
    await window.page.keyboard.press("End");
    await window.page.keyboard.press("ArrowLeft");
    for (let i = 0; i < 7; i++) await window.page.keyboard.press("Backspace");
    await window.page.keyboard.type('onCron("0 6 * * *")', { delay: 20 });
    await picture.locator(".what-if p", { hasText: /as it is typed, on cron "0 6 \* \* \*"/ }).waitFor();
    await window.screenshot("what-if-typed");
    expect(await readFile(join(project.root, "assets/report.ts"), "utf8")).toContain("automation: eager()");
  });
});
