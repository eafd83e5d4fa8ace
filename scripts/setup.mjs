/**
 * node scripts/setup.mjs [SCRIPT [ARGUMENT …]]
 *
 * Installs what package-lock.json names, when that has changed, and starts SCRIPT with the Node 24 that
 * came with it; without SCRIPT it builds. Plain JavaScript without dependencies: it runs before anything
 * is installed, on the machine's own Node.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { withLock } from "./cloneLock.mjs";
import { startProgress } from "./progressLine.mjs";

const clone = fileURLToPath(new URL("..", import.meta.url));
const lockFile = join(clone, "package-lock.json");
const stampFile = join(clone, "node_modules", ".millrace-setup");
const windows = process.platform === "win32";
const node24 = join(clone, "node_modules", "node", "bin", windows ? "node.exe" : "node");

requireNode("20.19.0");
const [script = "scripts/build.mjs", ...args] = process.argv.slice(2);
if (!isInstalled()) await install();
await start(script, args);

function requireNode(oldest) {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const [oldestMajor, oldestMinor] = oldest.split(".").map(Number);
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  giveUp(
    `This is Node ${process.versions.node}. Millrace needs Node ${oldest} or newer: install it and try again.`,
  );
}

function isInstalled() {
  return existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp() && existsSync(node24);
}

/** Says which packages belong here; a clone that moves to another kind of machine installs again. */
function stamp() {
  const hash = createHash("sha256").update(readFileSync(lockFile)).digest("hex");
  return `${hash} ${process.platform} ${process.arch}\n`;
}

async function install() {
  const progress = startProgress("Setting up");
  await withLock(
    join(clone, ".millrace", "setup.lock"),
    async () => {
      if (isInstalled()) return progress.done("Packages were installed by another setup");
      if (!holdsTheLockedPackages()) {
        progress.say("Installing packages (npm ci)");
        rmSync(stampFile, { force: true });
        await npmCi(progress);
      }
      writeFileSync(stampFile, stamp());
      progress.done("Packages are installed");
    },
    { onWait: holder => progress.say(`Waiting for the setup that runs as process ${holder ?? "?"}`) },
  );
}

/** True after somebody's own `npm install`: npm's record of what it installed agrees with the lock file. */
function holdsTheLockedPackages() {
  const record = join(clone, "node_modules", ".package-lock.json");
  if (!existsSync(record) || !existsSync(node24)) return false;
  const { packages: installed } = JSON.parse(readFileSync(record, "utf8"));
  const { packages: locked } = JSON.parse(readFileSync(lockFile, "utf8"));
  return (
    Object.keys(installed).every(path => locked[path] !== undefined) &&
    Object.entries(locked).every(([path, { version, optional, devOptional }]) => {
      if (path === "") return true;
      const found = installed[path];
      return found === undefined ? Boolean(optional || devOptional) : found.version === version;
    })
  );
}

async function npmCi(progress) {
  const said = [];
  const child = spawnNpm(["ci", "--include=dev", "--include=optional"]);
  child.stdout.on("data", text => said.push(text));
  child.stderr.on("data", text => said.push(text));
  let canceled = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    process.once(signal, () => {
      canceled = true;
      child.kill(signal);
    });
  }
  const code = await new Promise(resolve => {
    child.once("error", error => resolve(error.code));
    child.once("close", resolve);
  });
  if (code === 0 && existsSync(node24)) return;

  progress.failed("Packages are not installed");
  if (canceled) process.exit(130);
  const output = Buffer.concat(said).toString().trimEnd();
  giveUp(`${output.split("\n").slice(-12).join("\n")}\n\n${adviceOn(code, output)}`);
}

/** Prefers the npm that started us, so that both are of one version. */
function spawnNpm(npmArgs) {
  const options = { cwd: clone, stdio: ["ignore", "pipe", "pipe"] };
  const npmCli = process.env.npm_execpath;
  return npmCli !== undefined && basename(npmCli) === "npm-cli.js"
    ? spawn(process.execPath, [npmCli, ...npmArgs], options)
    : spawn("npm", npmArgs, { ...options, shell: windows });
}

function adviceOn(code, output) {
  if (/ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|ENOTCACHED/.test(output)) {
    return "npm could not reach its registry. Check the network with `npm ping` (behind a proxy: `npm config set https-proxy URL`), then run the same command again.";
  }
  if (/EACCES|EPERM/.test(output)) {
    return `npm may not write here. Make ${clone} and npm's cache (\`npm config get cache\`) yours, then run the same command again.`;
  }
  if (/ENOSPC/.test(output))
    return "The disk is full. Make about 1 GB free, then run the same command again.";
  if (/EUSAGE|in sync/.test(output)) {
    return "package.json and package-lock.json disagree. Run `npm install`, look at what it changed, and run the same command again.";
  }
  if (code === 0) {
    return 'npm did not run the install script of the package "node". Run `npm ci --ignore-scripts=false`, then the same command again.';
  }
  if (code === "ENOENT") return "npm was not found. Install it with Node, then run the same command again.";
  return `npm ci ended with ${code}. Run \`npm ci\` yourself to see all it says, then run the same command again.`;
}

/** Runs the script in the clone's Node; it hears our signals, and its end is ours. */
async function start(script, args) {
  const PATH = [join(clone, "node_modules", ".bin"), process.env.PATH].join(delimiter);
  const child = spawn(node24, [join(clone, script), ...args], {
    stdio: "inherit",
    env: { ...process.env, PATH, NODE: node24, npm_node_execpath: node24 },
  });
  // Ctrl+C on a terminal reaches the child by itself; a second one would mean "at once".
  process.on("SIGINT", () => process.stdin.isTTY || child.kill("SIGINT"));
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  process.on("SIGHUP", () => child.kill("SIGHUP"));

  const { code, signal } = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  if (signal === null) process.exit(code);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

function giveUp(sentence) {
  console.error(sentence);
  process.exit(1);
}
