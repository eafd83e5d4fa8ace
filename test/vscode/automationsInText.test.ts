import { expect, test } from "vitest";
import { scanWorkspace } from "../../src/scan/workspace.ts";
import { automationsInText } from "../../src/vscode/automationsInText.ts";
import { writeProject } from "../support/project.ts";

test("sensors, schedules and conditions are listed by their text, before anything has run", async () => {
  const project = await writeProject({
    "millrace.json": "{}",
    "assets.ts": `
import { asset, eager, fileSensor, schedule } from "millrace";
export const raw = asset("raw", { materialize: () => [] });
export const report = asset("report", { inputs: { raw }, automation: eager(), materialize: () => [] });
export const files = fileSensor("new_files", { files: "incoming/*.csv", assets: [raw] });
export const nightly = schedule("nightly", { cron: "0 3 * * *", assets: [raw], on: false });
`,
  });
  try {
    const graph = await scanWorkspace(project.root);
    const listed = automationsInText({ automations: () => graph.automations ?? [], graph: () => graph });
    expect(listed.map(({ kind, name, when, isOn, line }) => [kind, name, when, isOn, line])).toEqual([
      ["sensor", "new_files", "files incoming/*.csv", true, 5],
      ["schedule", "nightly", "0 3 * * *", false, 6],
      ["condition", "report", "eager", true, 4],
    ]);
    expect(listed.every(it => it.lastTick === null && it.nextTickAt === null)).toBe(true);
  } finally {
    await project.remove();
  }
});
