import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** What somebody without root asks an administrator to run. */
export const installCommand = "sudo apt-get update && sudo apt-get install -y chromium";

/** Chromium's executable: as CHROMIUM names it, else from the PATH and where a Mac has it, else null. */
export function findChromium(env = process.env) {
  if (env.CHROMIUM) return existsSync(env.CHROMIUM) ? env.CHROMIUM : null;
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const folders = (env.PATH ?? "").split(delimiter);
  const candidates = [
    ...names.flatMap(name => folders.map(folder => join(folder, name))),
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  ];
  return candidates.find(existsSync) ?? null;
}

/** Installs it by apt where we may; answers its executable, or null. */
export function installChromium() {
  if (process.getuid?.() !== 0 || process.env.CHROMIUM || !hasApt()) return null;
  console.error("Installing Chromium for the tests in a real editor (apt-get install chromium) …");
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", "chromium"]]) {
    const { status, stdout, stderr } = spawnSync("apt-get", args, { env, encoding: "utf8" });
    if (status !== 0) {
      console.error(`apt-get ${args.join(" ")} failed:\n${stdout}${stderr}`.trimEnd());
      return null;
    }
  }
  return findChromium();
}

function hasApt() {
  return spawnSync("apt-get", ["--version"]).status === 0;
}
