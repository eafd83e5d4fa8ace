import { existsSync } from "node:fs";
import { join } from "node:path";
import { l10n, window } from "vscode";
import { locateEngine } from "../engineLocation.ts";
import type { Root } from "../root.ts";

/** TypeScript assets import the package "millrace"; without it they cannot run. Answers whether it was missing. */
export async function offerInstallation(root: Root): Promise<boolean> {
  const needsPackage = root.graph.graph().assets.some(it => it.kind === "typescript");
  if (!needsPackage || locateEngine(root.path, "").from !== "extension") return false;
  const install = l10n.t("Install millrace");
  const chosen = await window.showWarningMessage(
    l10n.t("The assets of {0} import the package millrace, which is not installed there.", root.name),
    install,
  );
  if (chosen === install) installPackage(root);
  return true;
}

/** Typed into a terminal and not sent: what is installed, and from where, is the user's decision. */
export function installPackage(root: Root): void {
  const terminal = window.createTerminal({ name: "millrace", cwd: root.path });
  terminal.show();
  terminal.sendText(installCommand(root.path), false);
}

function installCommand(folder: string): string {
  const uses = (lockFile: string) => existsSync(join(folder, lockFile));
  if (uses("pnpm-lock.yaml")) return "pnpm add millrace";
  if (uses("yarn.lock")) return "yarn add millrace";
  if (uses("bun.lock") || uses("bun.lockb")) return "bun add millrace";
  return "npm install millrace";
}
