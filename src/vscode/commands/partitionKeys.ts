import { l10n, type QuickPickItem, window } from "vscode";
import { dynamicNames } from "../../model/partitionsDefinition.ts";
import type { Root } from "../root.ts";
import type { Roots } from "../roots.ts";
import type { CommandContext, Handler } from "./commands.ts";

/** The keys of dynamic partitions, added and removed by hand. */
export function partitionKeyCommands({ roots }: CommandContext) {
  return {
    async "millrace.editPartitionKeys"() {
      const chosen = await pickName(roots);
      if (chosen) await editKeys(chosen.root, chosen.name);
    },
  } satisfies Record<string, Handler>;
}

async function pickName(roots: Roots): Promise<{ root: Root; name: string } | undefined> {
  const found: (QuickPickItem & { root: Root; name: string })[] = [];
  for (const root of roots.all()) {
    const { assets } = await root.engine.ask(host => host.definitions());
    const names = new Map<string, string[]>();
    for (const { key, partitionsDefinition } of assets) {
      for (const name of dynamicNames(partitionsDefinition ?? null)) {
        names.set(name, [...(names.get(name) ?? []), key]);
      }
    }
    for (const [name, keys] of names) found.push({ label: name, description: keys.join(", "), root, name });
  }
  if (found.length === 0) {
    void window.showInformationMessage(
      l10n.t("No asset has dynamic partitions. Their keys are added and removed while it runs."),
    );
    return undefined;
  }
  return found.length === 1
    ? found[0]
    : window.showQuickPick(found, { title: l10n.t("Edit partition keys") });
}

/** What is ticked exists afterwards; what is typed is added. */
async function editKeys(root: Root, name: string): Promise<void> {
  const known = await root.engine.ask(host => host.dynamicKeys(name));
  const title = l10n.t("Keys of {0}", name);
  const add = { label: l10n.t("$(add) Add keys…"), picked: false };
  const items = known.map(label => ({ label, picked: true }));
  const kept = await window.showQuickPick([...items, add], {
    title,
    canPickMany: true,
    placeHolder: l10n.t("What is ticked stays; tick the last line to add keys"),
  });
  if (kept === undefined) return;
  const labels = new Set(kept.map(it => it.label));
  const typed = labels.has(add.label)
    ? await window.showInputBox({ title, prompt: l10n.t("New keys, with commas between several") })
    : "";
  if (typed === undefined) return;
  const change = {
    add: typed
      .split(",")
      .map(it => it.trim())
      .filter(Boolean),
    remove: known.filter(key => !labels.has(key)),
  };
  await root.engine.ask(host => host.changeDynamicKeys(name, change));
}
