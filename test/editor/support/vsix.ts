import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const clone = fileURLToPath(new URL("../../..", import.meta.url));

/** The extension as users install it, built from this clone. */
export async function builtVsix(): Promise<string> {
  const vsix = join(clone, "dist", "millrace.vsix");
  await promisify(execFile)(process.execPath, [join(clone, "scripts/package.mjs"), "--out", vsix]);
  return vsix;
}
