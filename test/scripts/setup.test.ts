import { spawn } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

let clone: string;

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), "millrace-setup-"));
  for (const script of ["setup.mjs", "cloneLock.mjs", "progressLine.mjs"]) {
    cpSync(`scripts/${script}`, join(clone, "scripts", script));
  }
  write("package-lock.json", lockFile("24.0.0"));
});
afterEach(() => rmSync(clone, { recursive: true, force: true }));

describe("setup", () => {
  test("installs once, and starts the script in the Node that came with it", async () => {
    npmThat(installsNode);
    write("scripts/hello.mjs", 'console.log("arguments", process.argv.slice(2).join("|"))');

    const first = await setup("scripts/hello.mjs", "a b", "--c");
    expect(first).toMatchObject({ code: 0, stdout: "arguments a b|--c\n" });
    expect(first.stderr).toContain("Packages are installed");

    npmThat("echo npm must not run again; exit 1");
    expect(await setup("scripts/hello.mjs")).toMatchObject({ code: 0, stderr: "" });
  });

  test("installs again when the lock file has changed", async () => {
    npmThat(installsNode);
    write("scripts/hello.mjs", "");
    await setup("scripts/hello.mjs");
    write("package-lock.json", lockFile("24.0.1"));
    expect((await setup("scripts/hello.mjs")).stderr).toContain("Installing packages");
  });

  test("does not install what somebody's own npm install has brought", async () => {
    npmThat("echo npm must not run; exit 1");
    installNode();
    write("node_modules/.package-lock.json", lockFile("24.0.0"));
    write("scripts/hello.mjs", "");
    expect(await setup("scripts/hello.mjs")).toMatchObject({ code: 0 });
  });

  test("ends as the script ends", async () => {
    npmThat(installsNode);
    write("scripts/fails.mjs", "process.exit(7)");
    expect(await setup("scripts/fails.mjs")).toMatchObject({ code: 7 });
    write("scripts/dies.mjs", 'process.kill(process.pid, "SIGKILL")');
    expect(await setup("scripts/dies.mjs")).toMatchObject({ code: null, signal: "SIGKILL" });
  });

  test("hands SIGTERM on, and lets the script end by itself", async () => {
    npmThat(installsNode);
    write(
      "scripts/waits.mjs",
      'process.on("SIGTERM", () => process.exit(5)); setInterval(() => {}, 1e6); console.log("ready")',
    );
    expect(await setup("scripts/waits.mjs", "SIGTERM when ready")).toMatchObject({ code: 5 });
  });

  test.each([
    ["npm error network request failed, ENOTFOUND", "Check the network"],
    ["npm error code EACCES", "may not write here"],
    ["npm error code EUSAGE, not in sync", "npm install"],
    ["npm error something else", "npm ci ended with 1"],
  ])("says what to do after “%s”", async (message, advice) => {
    npmThat(`echo "${message}" >&2; exit 1`);
    const { code, stderr } = await setup("scripts/hello.mjs");
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).toContain(advice);
  });

  test("says what to do when npm ran no install scripts", async () => {
    npmThat("exit 0");
    expect((await setup("scripts/hello.mjs")).stderr).toContain("npm ci --ignore-scripts=false");
  });
});

describe("npm test without Chromium", () => {
  const asks = "sudo apt-get update && sudo apt-get install -y chromium";

  test("asks for the one apt command and exits with 2, where it is not root", async () => {
    const { code, stdout, stderr } = await npmTest({ root: false });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^The tests in a real editor need Chromium/);
    expect(stderr.split("apt-get update")).toHaveLength(2);
    expect(stderr).toContain(asks);
  });

  test("installs it as root, and says what to do when that fails", async () => {
    const { code, stdout, stderr } = await npmTest({ root: true });
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("apt-get update failed:\nno network");
    expect(stderr).toContain(asks);
  });

  test("says so when CHROMIUM names what is not there", async () => {
    const { code, stderr } = await npmTest({ root: true, CHROMIUM: "/nowhere" });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^CHROMIUM names \/nowhere, which does not exist/);
  });

  function npmTest({ root, CHROMIUM }: { root: boolean; CHROMIUM?: string }) {
    write("bin/apt-get", '#!/bin/sh\n[ "$1" = --version ] || { echo no network >&2; exit 100; }\n');
    chmodSync(join(clone, "bin/apt-get"), 0o755);
    const isRoot = `data:text/javascript,process.getuid = () => ${root ? 0 : 1000}`;
    const script = join(process.cwd(), "scripts/test.mjs");
    return run(["--import", isRoot, script], { PATH: join(clone, "bin"), CHROMIUM });
  }
});

const installsNode = `mkdir -p node_modules/node/bin && ln -sf "${process.execPath}" node_modules/node/bin/node`;

function setup(...args: string[]) {
  const PATH = [join(clone, "bin"), process.env.PATH].join(delimiter);
  return run([join(clone, "scripts/setup.mjs"), ...args], { PATH, npm_execpath: undefined });
}

function run(args: string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, args, { env: { ...process.env, ...env } });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", text => {
    stdout += text;
    if (args.includes("SIGTERM when ready")) child.kill("SIGTERM");
  });
  child.stderr.on("data", text => {
    stderr += text;
  });
  return new Promise<{ code: number | null; signal: string | null; stdout: string; stderr: string }>(
    resolve => child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr })),
  );
}

function npmThat(script: string) {
  write("bin/npm", `#!/bin/sh\n${script}\n`);
  chmodSync(join(clone, "bin/npm"), 0o755);
}

function installNode() {
  mkdirSync(join(clone, "node_modules/node/bin"), { recursive: true });
  symlinkSync(process.execPath, join(clone, "node_modules/node/bin/node"));
}

function lockFile(version: string) {
  return JSON.stringify({ packages: { "node_modules/node": { version } } });
}

function write(file: string, text: string) {
  mkdirSync(join(clone, file, ".."), { recursive: true });
  writeFileSync(join(clone, file), text);
}
