import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { EventEmitter, l10n, ThemeIcon, window } from "vscode";
import { daemonLine } from "./daemonLine.ts";

/** The terminal in which one reads what a daemon says, and stops it by Ctrl+C or by closing it. */
export interface DaemonTerminal {
  show(): void;
  /** The first time running runs may end, the second time they are canceled. */
  stop(): void;
}

/**
 * Not a shell, and not the process itself: what the daemon's environment holds (the database's password) is no
 * terminal's to keep, and its log is made readable on the way.
 */
export function openDaemonTerminal(root: string, child: ChildProcess): DaemonTerminal {
  const written = new EventEmitter<string>();
  const closed = new EventEmitter<number | undefined>();
  const waiting: string[] = [];
  let isOpen = false;
  const write = (line: string) => {
    const text = `${line.replaceAll("\n", "\r\n")}\r\n`;
    if (isOpen) written.fire(text);
    else waiting.push(text);
  };
  const stop = () => void child.kill("SIGTERM");

  for (const output of [child.stdout, child.stderr]) {
    if (output) createInterface({ input: output }).on("line", line => write(daemonLine(line)));
  }
  child.once("error", error => write(error.message));
  child.once("close", (code, signal) => {
    write(l10n.t("The daemon has ended: {0}.", signal ?? l10n.t("exit code {0}", code ?? -1)));
    closed.fire(code ?? undefined);
  });

  const terminal = window.createTerminal({
    name: l10n.t("Millrace daemon of {0}", root),
    iconPath: new ThemeIcon("server-process"),
    pty: {
      onDidWrite: written.event,
      onDidClose: closed.event,
      open() {
        isOpen = true;
        for (const text of waiting.splice(0)) written.fire(text);
      },
      close: stop,
      handleInput(text: string) {
        if (text.includes(interrupt)) stop();
      },
    },
  });
  terminal.show(true);
  return { show: () => terminal.show(true), stop };
}

/** What Ctrl+C sends. */
const interrupt = "\u0003";
