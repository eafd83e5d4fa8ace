import { l10n, SnippetString, Uri, window, workspace } from "vscode";
import type { Roots } from "../roots.ts";
import { pickRoot } from "./picks.ts";

const example = `import { asset } from "millrace";

export const \${1:hello} = asset("\${1:hello}", {
  description: "\${2:One row, to begin with.}",
  materialize: () => [{ \${3:greeting}: "\${4:hello}" }],
});
`;

/** Opens a new file with an asset of five lines, ready to be renamed, and saves it where the scan looks. */
export async function newAsset(roots: Roots): Promise<void> {
  const root = await pickRoot(roots);
  if (root === undefined) return;
  const name = await window.showInputBox({
    title: l10n.t("New asset"),
    prompt: l10n.t("The file to write it in, relative to {0}", root.name),
    value: "assets/hello.ts",
    valueSelection: ["assets/".length, "assets/hello".length],
    validateInput: text => (/\.m?ts$/.test(text) ? undefined : l10n.t("Name a file that ends in .ts.")),
  });
  if (name === undefined) return;
  const file = Uri.joinPath(Uri.file(root.path), name);
  const exists = await workspace.fs.stat(file).then(
    () => true,
    () => false,
  );
  if (!exists) await workspace.fs.writeFile(file, new Uint8Array());
  const editor = await window.showTextDocument(file);
  if (editor.document.getText().trim() === "") await editor.insertSnippet(new SnippetString(example));
}
