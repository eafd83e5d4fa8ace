import { existsSync } from "node:fs";
import { appendFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { say } from "./terminal.ts";

const firstAsset = `import { asset } from "millrace";

export const hello = asset("hello", {
  materialize: () => [{ greeting: "hello", planet: "world" }],
});
`;

const configuration = {
  $schema: "./node_modules/millrace/millrace.schema.json",
  assets: ["assets/**/*.ts"],
};

/** As asset files are loaded: bundled, so that they import each other with their extension. */
const typeScript = {
  compilerOptions: {
    target: "es2023",
    module: "esnext",
    moduleResolution: "bundler",
    allowImportingTsExtensions: true,
    strict: true,
    skipLibCheck: true,
    noEmit: true,
  },
};

/** Writes what a new workspace needs; whatever is there already stays as it is. */
export async function init(dir: string): Promise<void> {
  const root = resolve(dir);
  await writeNew(root, "assets/hello.ts", firstAsset);
  await writeNew(root, "millrace.json", inJson(configuration));
  await writeNew(root, "tsconfig.json", inJson(typeScript));
  for (const folder of [".millrace/", "node_modules/"]) await ignore(root, folder);
  say("\nNext: npx millrace materialize hello");
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

function inJson(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

async function ignore(root: string, folder: string): Promise<void> {
  const file = join(root, ".gitignore");
  const present = await readFile(file, "utf8").catch(() => "");
  const spellings = [folder, folder.slice(0, -1), `/${folder}`, `/${folder.slice(0, -1)}`];
  if (present.split(/\r?\n/).some(line => spellings.includes(line.trim()))) return;
  await appendFile(file, `${present && !present.endsWith("\n") ? "\n" : ""}${folder}\n`);
  say(`✓ .gitignore: ${folder}`);
}
