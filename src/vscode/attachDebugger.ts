import { type DebugConfiguration, type DebugSession, debug, type WorkspaceFolder } from "vscode";

/** Whose debugger says nothing of breakpoints runs without them. */
const longestMs = 10_000;

/** By this property a session is known as ours, whatever it is called. */
const markName = "millraceAttachment";

let attachments = 0;

/**
 * Attaches the editor's debugger of Node to a process, and resolves when it has set its breakpoints there; null when
 * it cannot attach. The session that is begun has a child for the process, which is the one that sets them.
 */
export async function attachDebugger(
  folder: WorkspaceFolder | undefined,
  configuration: DebugConfiguration,
): Promise<DebugSession | null> {
  const mark = ++attachments;
  let session: DebugSession | null = null;
  let timer: NodeJS.Timeout | undefined;
  let settle = () => {};
  const settled = new Promise<void>(resolve => {
    settle = resolve;
  });
  const trackers = debug.registerDebugAdapterTrackerFactory("*", {
    createDebugAdapterTracker(begun) {
      if (begun.configuration[markName] === mark) session ??= begun;
      if (begun.parentSession?.configuration[markName] !== mark) return undefined;
      return {
        onDidSendMessage(message: AdapterMessage) {
          if (message.type === "response" && message.command === "configurationDone") settle();
        },
        onExit: settle,
      };
    },
  });
  try {
    if (!(await debug.startDebugging(folder, { ...configuration, [markName]: mark }))) return null;
    timer = setTimeout(settle, longestMs);
    await settled;
    return session;
  } finally {
    clearTimeout(timer);
    trackers.dispose();
  }
}

/** The debug adapter protocol, as far as it is read here. */
interface AdapterMessage {
  readonly type: string;
  readonly command?: string;
}
