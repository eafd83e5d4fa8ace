import { existsSync } from "node:fs";
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { say } from "./terminal.ts";

const firstAsset = `import { asset } from "millrace";

export const hello = asset("hello", {
  description: "A first asset: what the function returns becomes the rows of a table.",
  materialize: () => [{ greeting: "hello", at: new Date() }],
});
`;

/** Writes what a new workspace needs; whatever is there already stays as it is. */
export async function init(dir: string): Promise<void> {
  const root = resolve(dir);
  await writeNew(root, "assets/hello.ts", firstAsset);
  await writeNew(root, "millrace.json", `${JSON.stringify({ assets: ["assets/**/*.ts"] }, null, 2)}\n`);
  await ignore(root, ".millrace/");
  say("\nNext: millrace materialize hello");
}

async function writeNew(root: string, file: string, text: string): Promise<void> {
  if (existsSync(join(root, file))) {
    say(`– ${file} is there already, and stays`);
    return;
  }
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), text);
  say(`✓ ${file}`);
}

async function ignore(root: string, folder: string): Promise<void> {
  const file = join(root, ".gitignore");
  const present = await readFile(file, "utf8").catch(() => "");
  if (present.split(/\r?\n/).includes(folder)) return;
  await appendFile(file, `${present && !present.endsWith("\n") ? "\n" : ""}${folder}\n`);
  say(`✓ .gitignore: ${folder}`);
}
