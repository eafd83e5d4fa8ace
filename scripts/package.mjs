/**
 * npm run package [-- --out FILE]
 *
 * Packs the extension into a VSIX. What goes in is listed here; everything else stays out.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { createVSIX } from "@vscode/vsce";

const clone = fileURLToPath(new URL("..", import.meta.url));
const manifest = JSON.parse(readFileSync(join(clone, "package.json"), "utf8"));

const contents = [
  "package.nls.json",
  "millrace.schema.json",
  "l10n",
  "media",
  "dist",
  "README.md",
  "CHANGELOG.md",
  "LICENSE",
];

/** Types and source maps are for those who install the npm package; the readme shows its picture from there. */
const leftOut = [/[\\/]types$/, /\.map$/, /[\\/]\.inputs$/, /[\\/]screenshot[^\\/]*$/, /[\\/]icon\.svg$/];

/** What npm needs and the editor does not. */
const npmOnly = [
  "files",
  "scripts",
  "dependencies",
  "devDependencies",
  "optionalDependencies",
  "allowScripts",
  "private",
];

const at = process.argv.indexOf("--out");
const vsix = resolve(
  at < 0 ? join(clone, `${manifest.name}-${manifest.version}.vsix`) : process.argv[at + 1],
);

requireBuild();
const stage = mkdtempSync(join(tmpdir(), "millrace-vsix-"));
try {
  fill(stage);
  await createVSIX({
    cwd: stage,
    packagePath: vsix,
    dependencies: false,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
  });
  console.log(`${basename(vsix)}  ${(statSync(vsix).size / 1024).toFixed(0)} kB`);
} finally {
  rmSync(stage, { recursive: true, force: true });
}

function requireBuild() {
  const { status } = spawnSync(process.execPath, [join(clone, "scripts", "build.mjs")], { stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

function fill(folder) {
  for (const name of contents) {
    if (!existsSync(join(clone, name))) continue;
    const filter = source => !leftOut.some(it => it.test(source));
    cpSync(join(clone, name), join(folder, name), { recursive: true, filter });
  }
  const kept = Object.entries(manifest).filter(([key]) => !npmOnly.includes(key));
  writeFileSync(join(folder, "package.json"), JSON.stringify(Object.fromEntries(kept), null, 2));
}
