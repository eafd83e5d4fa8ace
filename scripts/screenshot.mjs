/**
 * npm run screenshot
 *
 * Takes the picture of the README in a real VS Code, of the sample as `npm run demo` has left it. Look at it before it
 * is committed.
 */
import { existsSync } from "node:fs";
import { findChromium, installCommand } from "./chromium.mjs";

const workspace = new URL("../sample-workspace", import.meta.url).pathname;
if (!existsSync(new URL("../sample-workspace/.millrace", import.meta.url))) {
  console.error("There is nothing to show yet. Run npm run demo first.");
  process.exit(2);
}
if (findChromium() === null) {
  console.error(`The picture is taken in Chromium. Install it with\n\n  ${installCommand}\n`);
  process.exit(2);
}
const { startEditor } = await import("../test/editor/support/editor.ts");
const editor = await startEditor({
  size: { width: 1440, height: 960 },
  scale: 2,
  settings: {
    "workbench.colorTheme": "Default Dark Modern",
    "breadcrumbs.enabled": false,
    "workbench.layoutControl.enabled": false,
    "window.customTitleBarVisibility": "never",
  },
});
try {
  const window = await editor.open(workspace);
  await window.openView("Millrace");
  await window
    .row("Assets", /weather/)
    .first()
    .waitFor();
  await window.openFile("assets/phase4Dbt.ts", "export const cityReport");
  await window.lens("Materialize latest").first().waitFor();
  await window.run("Millrace: Show lineage");
  const drawn = window.picture("editor").getByRole("option", { name: /city_report/ });
  await drawn.waitFor({ state: "attached" });
  await window.run("View: Move Editor into Group Below");
  await window.page.waitForTimeout(2_000);
  await window.picture("editor").getByRole("listbox").press("Home");
  await window.page.mouse.move(0, 0);
  await window.page.waitForTimeout(2_000);
  const path = new URL("../media/screenshot.png", import.meta.url).pathname;
  await window.page.screenshot({ path });
  console.log(path);
} finally {
  await editor.stop();
}
