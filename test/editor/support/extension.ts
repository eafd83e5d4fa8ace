import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { installCodeServer } from "./installCodeServer.ts";
import { userEnvironment } from "./userEnvironment.ts";

const clone = fileURLToPath(new URL("../../..", import.meta.url));
const run = promisify(execFile);

/** Packs the extension from this clone, and installs it as users do; answers the folder that an editor finds it in. */
export async function installExtension(folder: string): Promise<string> {
  const { node, entry } = await installCodeServer(line => process.stderr.write(`${line}\n`));
  const vsix = join(folder, "millrace.vsix");
  const extensions = join(folder, "extensions");
  await run(process.execPath, [join(clone, "scripts/package.mjs"), "--out", vsix]);
  await mkdir(extensions, { recursive: true });
  const config = join(folder, "install.yaml");
  await writeFile(config, "");
  const place = ["--config", config, "--user-data-dir", join(folder, "install")];
  const install = ["--extensions-dir", extensions, "--install-extension", vsix, "--force"];
  await run(node, [entry, ...place, ...install], { env: userEnvironment(folder) });
  return extensions;
}
