import { l10n, type QuickPickItem, window } from "vscode";

/** What dbt is to do: one of the usual commands, or whatever is written. */
export function askDbtCommand(): Promise<string | undefined> {
  const usual = usualCommands();
  const pick = window.createQuickPick();
  pick.title = l10n.t("Call dbt");
  pick.placeholder = l10n.t(
    "A command of dbt, such as run --select orders; it gets the profile that Millrace uses",
  );
  pick.matchOnDescription = true;
  pick.items = usual;
  pick.onDidChangeValue(value => {
    const written = value.trim();
    const isUsual = written === "" || usual.some(it => it.label === written);
    pick.items = isUsual ? usual : [{ label: written, alwaysShow: true }, ...usual];
  });
  return new Promise(resolve => {
    pick.onDidAccept(() => {
      // Who is quicker than the list has written it all the same.
      resolve(pick.activeItems[0]?.label ?? (pick.value.trim() || undefined));
      pick.hide();
    });
    pick.onDidHide(() => {
      resolve(undefined);
      pick.dispose();
    });
    pick.show();
  });
}

function usualCommands(): QuickPickItem[] {
  return [
    { label: "debug", description: l10n.t("tries the connection and the project") },
    { label: "build", description: l10n.t("makes everything and tests it") },
    { label: "run", description: l10n.t("makes the models") },
    { label: "test", description: l10n.t("runs the tests") },
    { label: "seed", description: l10n.t("loads the CSV files") },
    { label: "deps", description: l10n.t("installs the packages") },
    { label: "docs generate", description: l10n.t("writes the documentation") },
    { label: "docs serve", description: l10n.t("shows the documentation in a browser") },
  ];
}
