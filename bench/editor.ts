import type { Page } from "playwright-core";
import { writeWorkspace } from "../test/editor/support/assets.ts";
import { stopDatabase } from "../test/editor/support/database.ts";
import { type Editor, startEditor } from "../test/editor/support/editor.ts";
import type { EditorWindow } from "../test/editor/support/window.ts";
import { writeProject } from "../test/support/project.ts";
import { type Figure, fromSamples, type Report } from "./figures/figure.ts";

/** Each materialization makes one row more, so that the tree shows which one it tells of. */
const counting = `import { asset } from "millrace";
let count = 0;
export const counting = asset("counting", {
  materialize: () => Array.from({ length: ++count }, (_, row) => ({ row })),
});
`;

/** What a user of a real VS Code waits for: the extension at the start, the tree after a click. */
export async function bench(report: Report) {
  const project = await writeWorkspace({ "counting.ts": counting });
  // Nothing in it says that it is ours, so that the extension sleeps until its view is opened.
  const unmarked = await writeProject({ "counting.ts": counting });
  let editor: Editor | undefined;
  try {
    editor = await startEditor();
    const quiet = await editor.open(unmarked.root);
    const woken = await activations(quiet, async () => {
      await quiet.page.reload();
      await quiet.page.waitForTimeout(8_000);
    });
    await quiet.close();
    const window = await editor.open(project.root);
    const atStart = await activations(window, () => window.page.reload());
    const measured = { unit: "ms", better: "lower" } as const;
    report(
      fromSamples(woken.own, 50, {
        ...{
          ...measured,
          figure: "activation of the extension when its view is opened, as the editor measures it",
        },
        ...{ budget: 50, peer: peerOf(woken.quickest) },
      }),
    );
    report(
      fromSamples(atStart.own, 50, {
        ...{
          ...measured,
          figure: "the same while the window, its browser and its server start on two processors",
        },
        ...{ budget: null, peer: peerOf(atStart.quickest) },
      }),
    );
    report(
      fromSamples(await clicks(window, 30), 95, {
        ...{ ...measured, figure: "click in the tree of a real editor → the tree shows the rows, p95" },
        ...{ budget: null, peer: null },
      }),
    );
  } finally {
    await editor?.stop();
    await stopDatabase(project.root);
    await Promise.all([project.remove(), unmarked.remove()]);
  }
}

interface Activations {
  readonly own: readonly number[];
  /** What the quickest of all others took, which is hardly more than the host itself needs. */
  readonly quickest: readonly number[];
}

async function activations(window: EditorWindow, again: () => Promise<unknown>): Promise<Activations> {
  const own: number[] = [];
  const quickest: number[] = [];
  for (let start = 0; start < 7; start++) {
    await again();
    const found = await activation(window);
    own.push(found.own);
    quickest.push(found.quickest);
    // What is open comes back, and would wake the extension.
    await window.openView("Explorer");
  }
  return { own, quickest };
}

function peerOf(quickest: readonly number[]): Figure["peer"] {
  const sorted = [...quickest].sort((a, b) => a - b);
  return {
    name: "the quickest of the editor's own extensions, in the same windows",
    value: sorted[Math.floor(sorted.length / 2)] ?? 0,
  };
}

/** The sum of loading the code and of `activate`, from the editor's own list of running extensions. */
async function activation(window: EditorWindow): Promise<{ own: number; quickest: number }> {
  await window.openView("Millrace");
  await window.row("Assets", /^counting/).waitFor();
  // The list begins with the slowest, and only rows in view exist.
  const size = window.page.viewportSize();
  await window.page.setViewportSize({ width: size?.width ?? 1280, height: 3_000 });
  await window.run("Developer: Show Running Extensions");
  const rows = window.page.locator(".runtime-extensions-editor .monaco-list-row");
  const own = rows.filter({ hasText: "Millrace" }).locator(".activation-time");
  const text = (await own.textContent()) ?? "";
  const all = await rows.locator(".activation-time").allTextContents();
  await window.page.keyboard.press("Control+w");
  if (size !== null) await window.page.setViewportSize(size);
  const [milliseconds] = timesIn([text]);
  if (milliseconds === undefined) throw new Error(`The editor tells no activation time: "${text}".`);
  return { own: milliseconds, quickest: Math.min(...timesIn(all)) };
}

function timesIn(texts: readonly string[]): number[] {
  return texts.flatMap(it => Number(/(\d+) ?ms/.exec(it)?.[1] ?? Number.NaN)).filter(Number.isFinite);
}

async function clicks(window: EditorWindow, count: number): Promise<number[]> {
  const { page } = window;
  await window.openView("Millrace");
  const row = window.row("Assets", /^counting,/);
  await row.waitFor();
  const samples: number[] = [];
  for (let rows = 1; rows <= count + 2; rows++) {
    await row.hover();
    const play = row.locator(".action-label[aria-label*=Materialize]");
    await play.waitFor();
    const shown = timeFromClickTo(page, `· ${rows} row`);
    await play.click();
    const milliseconds = await shown;
    // The first two start the engine and load the definitions.
    if (rows > 2) samples.push(milliseconds);
    await page.waitForTimeout(300);
  }
  return samples;
}

/** Measured in the page: from the mouse button's release until the words are in the document. */
function timeFromClickTo(page: Page, words: string): Promise<number> {
  return page.evaluate(
    words =>
      new Promise<number>(resolve => {
        let released: number | undefined;
        const isShown = () =>
          [...document.querySelectorAll('[role=treeitem][aria-label^="counting,"]')].some(it =>
            it.getAttribute("aria-label")?.includes(words),
          );
        addEventListener("mouseup", () => (released ??= performance.now()), { capture: true, once: true });
        const observer = new MutationObserver(() => {
          if (released === undefined || !isShown()) return;
          observer.disconnect();
          resolve(performance.now() - released);
        });
        observer.observe(document.body, {
          subtree: true,
          childList: true,
          attributes: true,
          characterData: true,
        });
      }),
    words,
  );
}
