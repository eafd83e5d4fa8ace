import { spawn } from "node:child_process";
import { type Disposable, type Event, EventEmitter } from "vscode";
import { type DaemonTerminal, openDaemonTerminal } from "./daemonTerminal.ts";
import type { EngineLaunch } from "./engineProcess.ts";
import type { Root } from "./root.ts";

/** How the automations of a root are evaluated, as far as this window has to do with it. */
export type DaemonStanding = "unknown" | "none" | "starting" | "ours" | "others";

/** The daemons that this window has started, each in a terminal of its own; they end with the window. */
export interface Daemons extends Disposable {
  readonly onDidChange: Event<void>;
  standing(root: Root): DaemonStanding;
  /** Starts one, or shows the terminal of the one that runs. Rejects with the sentence that says why it cannot. */
  start(root: Root): Promise<void>;
  /** Asks it to stop, as Ctrl+C in its terminal does: running runs may end. False: this window has started none. */
  stop(root: Root): boolean;
}

export function openDaemons(launch: (root: Root) => Promise<EngineLaunch>): Daemons {
  const running = new Map<string, DaemonTerminal>();
  const changed = new EventEmitter<void>();
  let isOver = false;

  return {
    onDidChange: changed.event,
    standing(root) {
      const status = root.automations.daemon();
      if (running.has(root.path)) return status?.leader ? "ours" : "starting";
      if (status === null) return "unknown";
      return status.leader === null ? "none" : "others";
    },
    async start(root) {
      const known = running.get(root.path);
      if (known) return known.show();
      const { command, args, cwd, env } = await launch(root);
      const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
      running.set(root.path, openDaemonTerminal(root.name, child));
      child.once("close", () => {
        running.delete(root.path);
        if (isOver) return;
        changed.fire();
        // One that died instead of stopping has told nobody.
        root.automations.refresh().catch(() => {});
      });
      changed.fire();
    },
    stop(root) {
      const known = running.get(root.path);
      known?.stop();
      return known !== undefined;
    },
    dispose() {
      isOver = true;
      for (const terminal of running.values()) terminal.stop();
      changed.dispose();
    },
  };
}
