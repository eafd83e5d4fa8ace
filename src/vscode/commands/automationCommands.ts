import { l10n, ProgressLocation, window } from "vscode";
import type { AutomationName } from "../../model/automationNode.ts";
import type { AutomationSummary } from "../../model/automationState.ts";
import type { Root } from "../root.ts";
import type { Roots } from "../roots.ts";
import { testedTickText, tickText } from "../tickText.ts";
import { wordsOfAutomation } from "../trees/automationWords.ts";
import type { CommandContext, Handler, Row } from "./commands.ts";
import { offerInstallation } from "./installPackage.ts";
import { saveUnsaved } from "./materialize.ts";
import { nothing, pickRoot } from "./picks.ts";

/** Commands about what evaluates by itself, and about who evaluates it. */
export function automationCommands({ roots, documents, daemons, runs }: CommandContext) {
  const switchTo =
    (to: "on" | "off" | "code", title: string, wanted: (it: AutomationSummary) => boolean) =>
    async (row?: Row) => {
      const target = automationOf(row) ?? (await pickAutomation(roots, title, wanted));
      if (!target) return;
      await target.root.engine.ask(host => host.switchAutomation(target.automation, to));
      await target.root.automations.refresh();
    };
  return {
    async "millrace.startDaemon"(row) {
      const root = row?.root ?? (await pickRoot(roots));
      if (root === undefined || (await offerInstallation(root))) return;
      await daemons.start(root);
      await root.automations.look();
    },
    async "millrace.stopDaemon"(row) {
      const root = row?.root ?? (await pickRoot(roots));
      if (root === undefined || daemons.stop(root)) return;
      nothing(l10n.t("No daemon was started in this window. One that runs elsewhere is stopped there."));
    },
    "millrace.switchAutomationOn": switchTo("on", l10n.t("Switch on"), it => !it.isOn),
    "millrace.switchAutomationOff": switchTo("off", l10n.t("Switch off"), it => it.isOn),
    "millrace.resetAutomation": switchTo("code", l10n.t("Reset to code"), it => it.switched !== null),
    async "millrace.testTick"(row) {
      const title = l10n.t("Test tick");
      const target = automationOf(row) ?? (await pickAutomation(roots, title, it => it.kind !== "condition"));
      if (!target) return;
      const { root, automation } = target;
      await saveUnsaved(root);
      const progress = { location: ProgressLocation.Window, title: l10n.t("Testing {0}…", automation.name) };
      const tested = await window.withProgress(progress, () =>
        root.engine.ask(host => host.testTick(automation)),
      );
      await documents.openText(
        root,
        l10n.t("Test of {0}", automation.name),
        testedTickText(automation, tested),
      );
    },
    async "millrace.showTick"(row) {
      if (row?.row !== "tick") return;
      const { root, automation, tick } = row;
      const [runId] = tick.runIds;
      if (automation.kind === "condition" && runId !== undefined) return runs.open(root, runId);
      await documents.openText(root, l10n.t("Tick {0}", tick.id), tickText(automation, tick));
    },
    async "millrace.showOlderTicks"(row) {
      if (row?.row === "olderTicks") await row.root.automations.history(row.automation, true);
    },
  } satisfies Record<string, Handler>;
}

function automationOf(row: Row | undefined): { root: Root; automation: AutomationName } | undefined {
  if (row?.row !== "automation") return undefined;
  const { kind, name } = row.automation;
  return { root: row.root, automation: { kind, name } };
}

/** Lets the user choose among what the engines know. */
async function pickAutomation(
  roots: Roots,
  title: string,
  wanted: (automation: AutomationSummary) => boolean,
): Promise<{ root: Root; automation: AutomationName } | undefined> {
  const withAssets = roots.all().filter(root => root.graph.hasAssets());
  await Promise.all(withAssets.map(root => root.automations.look()));
  const items = withAssets.flatMap(root =>
    (root.automations.all() ?? []).filter(wanted).map(it => ({
      label: it.name,
      description: `${it.kind} · ${wordsOfAutomation(it, Date.now())}`,
      root,
      automation: { kind: it.kind, name: it.name },
    })),
  );
  if (items.length === 0) {
    return nothing(l10n.t("There is no automation of which that would change anything."));
  }
  return window.showQuickPick(items, { title, matchOnDescription: true });
}
