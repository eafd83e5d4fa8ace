import { commands, l10n, window } from "vscode";
import type { DatabaseStatus } from "../../protocol/engine.ts";
import { askDatabaseUrl, forgetDatabaseUrl } from "../databaseUrl.ts";
import type { Root } from "../root.ts";
import type { CommandContext, Handler } from "./commands.ts";
import { pickRoot } from "./picks.ts";

/** Commands about the state database of a root. */
export function databaseCommands({ extension, roots }: CommandContext) {
  const perform = (action: "status" | "start" | "stop") => async () => {
    const root = await pickRoot(roots);
    if (root) await tellStatus(root, await root.engine.ask(host => host.database(action)));
  };
  return {
    "millrace.databaseStatus": perform("status"),
    "millrace.startDatabase": perform("start"),
    "millrace.stopDatabase": perform("stop"),
    async "millrace.setDatabaseUrl"() {
      const root = await pickRoot(roots);
      if (root && (await askDatabaseUrl(extension.secrets, root.path))) await root.restart();
    },
    async "millrace.forgetDatabaseUrl"() {
      const root = await pickRoot(roots);
      if (root === undefined) return;
      await forgetDatabaseUrl(extension.secrets, root.path);
      await root.restart();
    },
  } satisfies Record<string, Handler>;
}

/** Says how the database is, with the one thing that one may want to do about it. */
async function tellStatus(root: Root, { kind, state, url, version, source, problem }: DatabaseStatus) {
  if (problem !== null) return void (await window.showErrorMessage(problem));
  const what = version ?? "PostgreSQL";
  const words = {
    running: l10n.t("{0} is running: {1} ({2}).", what, url ?? kind, source),
    stopped: l10n.t("The database of {0} is stopped. It starts with the next run.", root.name),
    unreachable: l10n.t("The database of {0} cannot be reached: {1} ({2}).", root.name, url ?? kind, source),
  }[state];
  const act = { running: l10n.t("Stop database"), stopped: l10n.t("Start database"), unreachable: "" }[state];
  if (kind === "url" || act === "") return void (await window.showInformationMessage(words));
  if ((await window.showInformationMessage(words, act)) !== act) return;
  await commands.executeCommand(state === "running" ? "millrace.stopDatabase" : "millrace.startDatabase");
}
