import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const version = "4.139.1";

/** A VS Code server and the Node it runs on. */
export interface CodeServer {
  readonly node: string;
  readonly entry: string;
}

/** VS Code's own workbench and extension host as a server, kept outside the clone: installed once per machine. */
export async function installCodeServer(tell: (progress: string) => void = () => {}): Promise<CodeServer> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "millrace-test");
  const folder = join(cache, `code-server-${version}`);
  if (!existsSync(folder)) {
    tell(`Installing code-server ${version} into ${folder} (about 600 MB, once).`);
    const unfinished = `${folder}.${process.pid}`;
    await installInto(unfinished, tell);
    // The rename makes the installation whole for everyone at once; who comes second keeps the first.
    await rename(unfinished, folder).catch(() => rm(unfinished, { recursive: true, force: true }));
  }
  return {
    node: nodeOf(folder),
    entry: join(folder, "node_modules/code-server/out/node/entry.js"),
  };
}

async function installInto(folder: string, tell: (progress: string) => void) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), '{"private":true}');
  await npm(folder, folder, ["install", `${nodePackage}@24`]);
  await npm(folder, folder, ["install", "--ignore-scripts", `code-server@${version}`]);

  tell("Installing the editor's own packages.");
  const editor = join(folder, "node_modules/code-server/lib/vscode");
  await npm(folder, editor, ["install", "--omit=dev", "--ignore-scripts"]);
  const extensions = join(editor, "extensions");
  await npm(folder, extensions, ["install", "--omit=dev", "--ignore-scripts"]);
  await promisify(execFile)(nodeOf(folder), ["./postinstall.mjs"], { cwd: extensions });

  // Only these need a compiler. Without one the editor runs all the same, but writes no log files.
  const native = ["@vscode/spdlog", "@vscode/native-watchdog", "node-pty", "@parcel/watcher"];
  await npm(folder, editor, ["rebuild", ...native]).catch(() => tell("Went on without native modules."));
  await link("code-linux.sh", join(editor, "bin/remote-cli/code-server"));
  await link("browser-linux.sh", join(editor, "bin/helpers/browser.sh"));
}

function npm(folder: string, cwd: string, args: string[]) {
  const environment = {
    ...process.env,
    PATH: `${join(folder, "node_modules", nodePackage, "bin")}:${process.env.PATH}`,
    npm_config_nodedir: join(folder, "node_modules", nodePackage),
    npm_config_audit: "false",
    npm_config_fund: "false",
    npm_config_yes: "true",
  };
  return promisify(execFile)("npm", args, { cwd, env: environment, maxBuffer: 1 << 28 });
}

const nodePackage = `node-${process.platform}-${process.arch}`;

function nodeOf(folder: string) {
  return join(folder, "node_modules", nodePackage, "bin/node");
}

async function link(target: string, path: string) {
  await rm(path, { force: true });
  await symlink(target, path);
}
