import { close, open, url } from "node:inspector";

/** Lets a debugger attach to this process, on this machine only; one that listens already goes on. */
export async function openInspector(): Promise<{ port: number }> {
  if (url() === undefined) open(0, "127.0.0.1");
  const port = Number(new URL(url() ?? "").port);
  return { port };
}

/** Whether a debugger may hold this process up: then nobody counts the time that something takes. */
export function isInspected(): boolean {
  return url() !== undefined;
}

/** Ends listening, and leaves whoever is attached to end by itself. */
export function closeInspector(): void {
  // Closing waits for the debugger to go, and the step that has ended must not wait for that.
  setTimeout(close, 200).unref();
}
