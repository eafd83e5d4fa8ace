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
  opened = await openProject(
    await writeWorkspace({ "assets/numbers.ts": numbers, ".vscode/launch.json": launchOf("") }),
    { size: { width: 1280, height: 1000 } },
  );
  ({ project, window } = opened);
}, 600_000);

afterAll(() => opened?.close("debug-end"));

describe("an asset under the debugger", { timeout: 200_000 }, () => {
  test("stops at a breakpoint by F5 on it, shows what it knows there, and goes on", async () => {
    await window.openFile("assets/numbers.ts", "const twice");
    await window.lensTitled("Materialize doubled").waitFor();
    await window.page.keyboard.press("F9");
    await window.page.locator(".codicon-debug-breakpoint").first().waitFor();
    await window.page.keyboard.press("F5");
    await row("call-stack", /^materialize.*numbers\.ts6:/).waitFor();
    await window.click(row("variables", /^Local/), row("variables", /^n\s*=\s*21/));
    await window.lens(/running \d+ s/).waitFor();
    await window.screenshot("debug-stopped");
    await window.page.keyboard.press("F5");
    await window.lens(/just now · 1 row/).waitFor();
    await toolbar().waitFor({ state: "hidden" });
    expect(await rows()).toEqual([{ twice: 42 }]);
    await window.screenshot("debug-went-on");
  });

  test("goes on by itself when the debugger leaves it", async () => {
    await window.openFile("assets/numbers.ts", "const twice");
    await window.run("Millrace: Debug materialize");
    await row("call-stack", /^materialize.*numbers\.ts6:/).waitFor();
    const disconnect = toolbar().getByRole("button", { name: /^(Disconnect|Stop)/ });
    await disconnect.first().click();
    await toolbar().waitFor({ state: "hidden" });
    await window.lens(/just now · 1 row/).waitFor();
  });

  test("has checks that stop at a breakpoint in their function, by Debug in the Testing view", async () => {
    // Without the breakpoint of before.
    await window.openFile("assets/numbers.ts", "const twice");
    await window.page.keyboard.press("F9");
    await window.start(window.lensTitled("Materialize other"), window.lens(/1 row/).nth(1));
    await window.openFile("assets/numbers.ts", "const seen");
    await window.page.keyboard.press("F9");
    await window.openFile("assets/numbers.ts", 'name: "even"');
    await window.run("Test: Debug Test at Cursor");
    await row("call-stack", /numbers\.ts18:/).waitFor();
    await window.screenshot("debug-check");
    await window.page.keyboard.press("F5");
    await toolbar().waitFor({ state: "hidden" });
    await window.page.locator(".codicon-testing-passed-icon").first().waitFor();
  });

  test("that launch.json names and nobody declares is told", async () => {
    await project.write(".vscode/launch.json", launchOf("tripled"));
    await window.page.keyboard.press("F5");
    await window.notification(/There is no asset tripled, which launch\.json names/).waitFor();
  });
});

function row(view: "call-stack" | "variables", words: RegExp) {
  return window.page.locator(`.debug-${view} .monaco-list-row`, { hasText: words }).first();
}

function toolbar() {
  return window.page.locator(".debug-toolbar");
}

function rows() {
  return queryWorkspace(project.root, "select twice from assets.doubled");
}

const numbers = `import { asset } from "millrace";

export const doubled = asset("doubled", {
  materialize: () => {
    const n = 21;
    const twice = n * 2;
    return [{ twice }];
  },
});

export const other = asset("other", {
  materialize: () => [{ n: 2 }],
  checks: [
    {
      name: "even",
      rows: async rows => {
        for await (const first of rows) {
          const seen = Number(first.n);
          if (seen % 2 === 1) return false;
        }
        return true;
      },
    },
  ],
});
`;

function launchOf(asset: string): string {
  const configuration = { type: "millrace", request: "launch", name: "Debug materialize", asset };
  return JSON.stringify({ version: "0.2.0", configurations: [configuration] });
}
