import { l10n, type SecretStorage, window } from "vscode";

/** The database of a root, as the user gave it to the editor: a secret, never a setting. */
export async function databaseUrl(secrets: SecretStorage, root: string): Promise<string | undefined> {
  return secrets.get(secretName(root));
}

/** Asks for a URL and keeps it; answers whether one was given. */
export async function askDatabaseUrl(secrets: SecretStorage, root: string): Promise<boolean> {
  const url = await window.showInputBox({
    title: l10n.t("Database of {0}", root),
    prompt: l10n.t("A PostgreSQL 14 or newer. The URL is kept in the editor's secret storage."),
    placeHolder: "postgresql://user:password@localhost:5432/database",
    password: true,
    ignoreFocusOut: true,
    validateInput: problemOf,
  });
  if (url === undefined) return false;
  await secrets.store(secretName(root), url.trim());
  return true;
}

export async function forgetDatabaseUrl(secrets: SecretStorage, root: string): Promise<void> {
  await secrets.delete(secretName(root));
}

function problemOf(text: string): string | undefined {
  if (/^postgres(ql)?:\/\/[^\s]+$/.test(text.trim()) && URL.canParse(text.trim())) return undefined;
  return l10n.t("Write a URL such as {0}.", "postgresql://user:password@localhost:5432/database");
}

function secretName(root: string) {
  return `databaseUrl:${root}`;
}
