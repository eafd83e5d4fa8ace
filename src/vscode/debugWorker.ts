import { type DebugConfiguration, debug, type LogOutputChannel, Uri, workspace } from "vscode";
import { attachDebugger } from "./attachDebugger.ts";
import type { Root } from "./root.ts";

/** Something that is done while the editor's debugger is attached to the process that runs the user's code. */
export interface DebuggedWork<Result> {
  /** What the session is called. */
  readonly name: string;
  /** What is said when the debugger cannot attach. */
  readonly refusal: string;
  readonly log: LogOutputChannel;
  work(): Promise<Result>;
}

/** Attaches to the worker, does the work, and lets go of it: breakpoints in the user's TypeScript hold. */
export async function debugWorker<Result>(
  root: Root,
  { name, refusal, log, work }: DebuggedWork<Result>,
): Promise<Result> {
  const { port } = await root.engine.ask(host => host.openInspector());
  try {
    const folder = workspace.getWorkspaceFolder(Uri.file(root.path));
    const session = await attachDebugger(folder, attachTo(root, port, name));
    if (session === null) throw new Error(refusal);
    const result = await work();
    await debug.stopDebugging(session);
    return result;
  } finally {
    await root.engine.ask(host => host.closeInspector()).catch(error => log.warn((error as Error).message));
  }
}

/** Breakpoints are where the user's text is: the bundles of the worker have maps that lead there. */
function attachTo(root: Root, port: number, name: string): DebugConfiguration {
  const bundles = `${root.path}/.millrace/definitions/**/*.mjs`;
  return {
    type: "node",
    request: "attach",
    name,
    address: "127.0.0.1",
    port,
    continueOnAttach: true,
    sourceMaps: true,
    outFiles: [bundles],
    resolveSourceMapLocations: [bundles],
    skipFiles: ["<node_internals>/**", "**/node_modules/**", "**/dist/**"],
  };
}
