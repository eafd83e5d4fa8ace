import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { FrameLocator, Locator, Page } from "playwright-core";
import { screenshots } from "./editor.ts";

/** One window of the editor, as a user sees and uses it. */
export interface EditorWindow {
  readonly page: Page;
  /** Opens a file, and shows the line that holds `text`. */
  openFile(file: string, text?: string): Promise<void>;
  /** CodeLenses with these words, in the order of the text. */
  lens(words: string | RegExp): Locator;
  /** CodeLenses with this tooltip. */
  lensTitled(title: string): Locator;
  /** The editor that is in front, by its title. */
  activeTab(title: string): Locator;
  openView(name: string): Promise<void>;
  /** A row of a tree in the side bar, by what a screen reader says of it. */
  row(view: "Assets" | "Runs" | "Automation", words: string | RegExp): Locator;
  /** Chooses a command from the palette, and then what it lets choose from. */
  run(title: string, ...choices: string[]): Promise<void>;
  /** The texts of the Problems panel. */
  problems(): Promise<string[]>;
  notification(words: string | RegExp): Locator;
  /** A problem that is told in the text, below the line where it is. */
  problemAtCursor(words: string | RegExp): Locator;
  /** The inside of a webview. */
  picture(where?: "sidebar" | "editor"): FrameLocator;
  /** Chooses from the menu that a right click on a row opens. */
  chooseFromMenu(row: Locator, item: string): Promise<void>;
  /** Clicks on an action that a row shows under the pointer; again until the effect is there. */
  clickAction(row: Locator, action: string, effect?: Locator): Promise<void>;
  /** Puts the pointer on something until what that shows is there: what is drawn anew under it shows nothing. */
  hover(target: Locator, effect: Locator): Promise<void>;
  /** Clicks until the effect is there: what is drawn anew under the pointer hears no click. */
  click(target: Locator, effect: Locator): Promise<void>;
  /** Clicks until something waits or runs, as a lens says it, and waits until it is done. */
  start(target: Locator, done: Locator): Promise<void>;
  /** Reloads the window as soon as the editor has written down a panel of this type, and in it this text. */
  reload(panelType: string, text?: string): Promise<void>;
  screenshot(name: string): Promise<void>;
  close(): Promise<void>;
}

export async function openWindow(page: Page, origin: string, folder: string): Promise<EditorWindow> {
  page.setDefaultTimeout(60_000);
  // A cold editor on a busy machine takes its time.
  const toStart = { timeout: 180_000 };
  await page.goto(`${origin}/?folder=${encodeURIComponent(folder)}`, toStart);
  await page.locator(".part.statusbar .statusbar-item").first().waitFor(toStart);

  return {
    page,
    async openFile(file, text = "") {
      const lines = (await readFile(join(folder, file), "utf8")).split("\n");
      const name = file.slice(file.lastIndexOf("/") + 1);
      const place = `${file}:${lines.findIndex(it => it.includes(text)) + 1}`;
      await choose("Control+p", place, name);
      // A list that is drawn anew under the pointer hears no click.
      const tab = activeTab(name);
      if (!(await shown(tab, 10_000))) {
        await page.keyboard.press("Escape");
        await choose("Control+p", place, name);
        await tab.waitFor();
      }
    },
    lens: words => page.locator(".codelens-decoration > a", { hasText: words }),
    lensTitled: title => page.locator(`.codelens-decoration > a[title="${title}"]`),
    activeTab,
    async openView(name) {
      const button = page.locator(`.activitybar .action-item:has(a.action-label[aria-label^="${name}"])`);
      await button.first().waitFor();
      const heading = page.locator(".part.sidebar .title-label h2", { hasText: name });
      // A click on a view that the editor restores at that moment hides it, so it may have to be opened again.
      for (let attempt = 1; ; attempt++) {
        const isOpen = (await button.first().getAttribute("class"))?.includes("checked");
        if (!isOpen) await button.first().click();
        try {
          return await heading.waitFor({ timeout: 5_000 });
        } catch (error) {
          if (attempt === 5) throw error;
        }
      }
    },
    row: (view, words) => {
      const header = page.locator(`.pane-header[aria-label^="${view}"]`);
      return page.locator(".part.sidebar .pane", { has: header }).getByRole("treeitem", { name: words });
    },
    async run(title, ...choices) {
      await choose("F1", `>${title}`, title);
      for (const choice of choices) {
        await page.locator(".quick-input-list .monaco-list-row", { hasText: choice }).first().click();
      }
    },
    async problems() {
      const panel = page.locator(".markers-panel-container");
      if (!(await panel.isVisible())) await page.keyboard.press("Control+Shift+m");
      await panel.waitFor();
      return panel.locator(".monaco-list-row").allInnerTexts();
    },
    problemAtCursor: words => page.locator(".marker-widget", { hasText: words }),
    notification: words => page.locator(".notification-toast", { hasText: words }),
    picture(where = "sidebar") {
      // All of them lie over the window; those of views say so in their address.
      const isView = '[src*="purpose=webviewView"]';
      const kind = where === "sidebar" ? isView : `:not(${isView})`;
      const outer = page.locator(`iframe.webview.ready:visible${kind}`).last();
      return outer.contentFrame().frameLocator("iframe#active-frame");
    },
    async chooseFromMenu(row, item) {
      const menu = page.locator(".monaco-menu-container");
      await again(async () => {
        await row.click({ button: "right", timeout: 10_000 });
        const entry = menu.getByRole("menuitem", { name: item });
        await entry.hover({ timeout: 5_000 });
        // A menu that has just opened does not hear the button for a moment.
        for (let attempt = 1; attempt < 5 && (await shown(menu, 100)); attempt++) {
          await page.waitForTimeout(200);
          await entry.click({ timeout: 1_000 }).catch(() => {});
          await menu.waitFor({ state: "hidden", timeout: 1_000 }).catch(() => {});
        }
        await menu.waitFor({ state: "hidden", timeout: 1_000 });
      });
    },
    clickAction: (row, action, effect) =>
      again(async () => {
        if (effect && (await shown(effect, 100))) return;
        await row.hover({ timeout: 10_000 });
        await row.getByRole("button", { name: action }).click({ timeout: 5_000 });
        await effect?.first().waitFor({ timeout: 15_000 });
      }),
    hover: (target, effect) =>
      again(async () => {
        await page.mouse.move(0, 0);
        await target.hover({ timeout: 10_000 });
        await effect.waitFor({ timeout: 5_000 });
      }),
    click,
    async start(target, done) {
      const goingOn = page.locator(".codelens-decoration > a", { hasText: /waits|queued|running/ });
      await target.click();
      if (!(await shown(goingOn.or(done).first(), 15_000))) await target.click();
      await done.first().waitFor({ timeout: 120_000 });
    },
    async reload(panelType, text = "") {
      // It is written down now and then, and when the window closes, which comes too late for us.
      await page.waitForTimeout(5_000);
      await page
        .waitForFunction(isWrittenDown, { panelType, text }, { polling: 250, timeout: 10_000 })
        .catch(() => {});
      await page.reload();
    },
    async screenshot(name) {
      await page.screenshot({ path: join(screenshots, `${name}.png`) });
    },
    close: () => page.close(),
  };

  function activeTab(title: string) {
    return page.locator(".tabs-container .tab.active", { hasText: title });
  }

  async function click(target: Locator, effect: Locator) {
    for (let attempt = 1; ; attempt++) {
      if (await shown(effect, 100)) return;
      const heard = await target.click({ timeout: 15_000 }).then(
        () => true,
        () => false,
      );
      if (attempt === 4) return effect.first().waitFor();
      if (await shown(effect, heard ? 15_000 : 1_000)) return;
    }
  }

  /** Whatever takes the focus meanwhile closes the input, so it may have to be opened again. */
  async function choose(key: string, text: string, row: string) {
    const input = page.locator(".quick-input-widget input").first();
    const rows = page.locator(".quick-input-list .monaco-list-row", { hasText: row });
    await again(async () => {
      await page.keyboard.press(key);
      await input.fill(text, { timeout: 5_000 });
      await rows.first().click({ timeout: 5_000 });
    });
  }

  /** A list that is drawn anew under the pointer hears no click, and a menu left open would cover the window. */
  async function again(act: () => Promise<void>) {
    for (let attempt = 1; ; attempt++) {
      try {
        return await act();
      } catch (error) {
        await page.keyboard.press("Escape");
        if (attempt === 5) throw error;
      }
    }
  }
}

function shown(what: Locator, timeout: number): Promise<boolean> {
  return what
    .first()
    .waitFor({ timeout })
    .then(
      () => true,
      () => false,
    );
}

/** Looks into the store in which the editor in a browser keeps what is open; runs in the page. */
async function isWrittenDown({ panelType, text }: { panelType: string; text: string }): Promise<boolean> {
  const done = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  for (const { name = "" } of await indexedDB.databases()) {
    if (!name.startsWith("vscode-web-state-db")) continue;
    const database = await done(indexedDB.open(name));
    try {
      for (const store of database.objectStoreNames) {
        const values = await done(database.transaction(store).objectStore(store).getAll());
        const panels = values.map(String).filter(it => it.includes(panelType));
        // Texts within texts have their quotes escaped, again and again.
        if (panels.some(it => it.replaceAll("\\", "").includes(text))) return true;
      }
    } finally {
      database.close();
    }
  }
  return false;
}
