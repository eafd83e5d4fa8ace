import type { Port } from "../../src/protocol/channel.ts";

/** What a picture may keep over a reload: little, and only what the user chose. */
export interface ViewMemory {
  read(): unknown;
  write(state: unknown): void;
}

interface EditorApi {
  postMessage(message: unknown): void;
  getState(): unknown;
  setState(state: unknown): void;
}

/** The window of a webview; the editor puts the function there, and it may be called once. */
export type WebviewWindow = Window & typeof globalThis & { acquireVsCodeApi?: () => EditorApi };

/** The editor on the other side of a webview, as the port that `connect` takes. */
export function openHost(window: WebviewWindow): { port: Port; memory: ViewMemory } {
  const editor = window.acquireVsCodeApi?.();
  if (!editor)
    throw new Error(
      "This page is not in a webview: acquireVsCodeApi is missing. Open it by npm run preview.",
    );
  return {
    port: {
      post: message => editor.postMessage(message),
      onMessage: listener =>
        window.addEventListener("message", event => {
          // Frames of another origin may post here too; the editor posts from our own.
          if (event.origin === window.origin && isPlainObject(event.data)) listener(event.data);
        }),
      onClose: listener => window.addEventListener("pagehide", listener, { once: true }),
    },
    memory: { read: () => editor.getState(), write: state => editor.setState(state) },
  };
}

function isPlainObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
