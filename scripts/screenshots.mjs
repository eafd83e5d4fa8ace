/**
 * npm run screenshots
 *
 * Takes the pictures of the README in a real VS Code, from the sample as `npm run demo` has left it. Look at them
 * before they are committed.
 */
import { existsSync } from "node:fs";
import { findChromium, installCommand } from "./chromium.mjs";

const workspace = new URL("../sample-workspace", import.meta.url).pathname;
if (!existsSync(new URL("../sample-workspace/.millrace", import.meta.url))) {
  console.error("There is nothing to show yet. Run npm run demo first.");
  process.exit(2);
}
if (findChromium() === null) {
  console.error(`The pictures are taken in Chromium. Install it with\n\n  ${installCommand}\n`);
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
  await window.lensTitled("Materialize weather/city_report").waitFor();
  await window.run("Millrace: Show lineage");
  await window.run("View: Move Editor into Group Below");
  const drawn = window.picture("editor").getByRole("listbox");
  await drawn.press("Home");
  await picture("screenshot", window);

  await window.run("Millrace: Show partitions");
  await window.page.waitForTimeout(4_000);
  await picture("partitions", window);
} finally {
  await editor.stop();
}

async function picture(name, window) {
  await window.page.mouse.move(0, 0);
  await window.page.waitForTimeout(2_500);
  const path = new URL(`../media/${name}.png`, import.meta.url).pathname;
  await window.page.screenshot({ path });
  console.log(path);
}
