import { spawn } from "node:child_process";
import { openSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installExtension } from "./extension.ts";
import { installCodeServer } from "./installCodeServer.ts";
import { userEnvironment } from "./userEnvironment.ts";

/** A VS Code of its own: nobody's settings, nobody's extensions, nothing from the network. */
export interface RunningServer {
  readonly origin: string;
  /** Its settings, its logs, and the browser's profile. */
  readonly folder: string;
  /** The leader of the process group of everything it starts. */
  readonly pid: number;
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** The folder that the extension is installed in; without one it is installed first. */
  readonly extensions?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
}

const quiet = {
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.enableExperiments": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.welcomePage.walkthroughs.openOnInstall": false,
  "chat.disableAIFeatures": true,
  "git.enabled": false,
  "window.commandCenter": false,
  "editor.minimap.enabled": false,
  // As it is outside of a browser.
  "files.autoSave": "off",
  "json.schemaDownload.enable": false,
  "npm.fetchOnlinePackageInfo": false,
  "typescript.disableAutomaticTypeAcquisition": true,
  "typescript.surveys.enabled": false,
  "remote.autoForwardPorts": false,
  "github.gitAuthentication": false,
};

export async function startServer({ extensions, settings = {} }: ServerOptions): Promise<RunningServer> {
  const { node, entry } = await installCodeServer(line => process.stderr.write(`${line}\n`));
  const folder = await mkdtemp(join(tmpdir(), "millrace-editor-"));
  for (const name of ["data/User", "home"]) await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, "config.yaml"), "");
  await writeFile(join(folder, "data/User/settings.json"), JSON.stringify({ ...quiet, ...settings }));

  const place = ["--config", join(folder, "config.yaml"), "--user-data-dir", join(folder, "data")];
  place.push("--extensions-dir", extensions ?? (await installExtension(folder)));
  const port = await freePort();
  const log = openSync(join(folder, "server.log"), "a");
  const flags = ["--auth", "none", "--disable-telemetry", "--disable-update-check", "--disable-proxy"];
  flags.push("--disable-getting-started-override", "--ignore-last-opened");
  // A process group of its own: the extension host and all that it started end with it.
  const server = spawn(node, [entry, ...place, "--bind-addr", `127.0.0.1:${port}`, ...flags], {
    env: userEnvironment(folder),
    stdio: ["ignore", log, log],
    detached: true,
  });
  const ended = new Promise<void>(resolve => server.once("exit", () => resolve()));
  const pid = server.pid as number;
  const origin = `http://127.0.0.1:${port}`;
  await untilAnswers(`${origin}/healthz`, join(folder, "server.log"));

  return {
    origin,
    folder,
    pid,
    async stop() {
      signal(pid, "SIGTERM");
      await Promise.race([ended, new Promise(resolve => setTimeout(resolve, 5_000))]);
      signal(pid, "SIGKILL");
      await rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

async function untilAnswers(url: string, log: string) {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    const answer = await fetch(url).catch(() => null);
    if (answer?.ok) return;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  throw new Error(`The editor's server did not start: ${await readFile(log, "utf8")}`);
}

function signal(group: number, name: NodeJS.Signals) {
  try {
    process.kill(-group, name);
  } catch {
    // It has ended.
  }
}
