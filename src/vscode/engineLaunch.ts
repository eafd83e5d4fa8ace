import { type ExtensionContext, l10n, workspace } from "vscode";
import { databaseUrl } from "./databaseUrl.ts";
import { locateEngine } from "./engineLocation.ts";
import type { EngineLaunch } from "./engineProcess.ts";
import { chooseNode } from "./nodeChoice.ts";

/** The command line of a root's engine. No process starts without it, and in Restricted Mode there is none. */
export async function engineLaunch(
  root: string,
  context: ExtensionContext,
  log: (line: string) => void,
  verb: "serve" | "daemon" = "serve",
): Promise<EngineLaunch> {
  if (!workspace.isTrusted) {
    throw new Error(
      l10n.t("In Restricted Mode Millrace starts no process. Trust this workspace to run its assets."),
    );
  }
  const settings = workspace.getConfiguration("millrace");
  const node = await chooseNode(settings.get("node.path", ""), process.execPath);
  const { cli, from } = locateEngine(root, context.extensionPath);
  log(`The engine is the ${from}'s, run by ${node.command}: ${node.reason}.`);

  const environment = settings.get("environment", "");
  const url = await databaseUrl(context.secrets, root);
  return {
    command: node.command,
    args: [cli, "--root", root, verb, ...(environment === "" ? [] : ["--env", environment])],
    cwd: root,
    env: { ...(url && { [databaseVariables[verb]]: url }), ...process.env, ...node.env },
  };
}

/** What is kept as a secret here must not win over what the environment says; for a daemon there is nothing else. */
const databaseVariables = { serve: "MILLRACE_EDITOR_DATABASE_URL", daemon: "MILLRACE_DATABASE_URL" } as const;
