import type { Port } from "../../src/protocol/channel.ts";
import type { WebviewWindow } from "../shared/host.ts";

/** What the page's address asks for. */
export interface FakeEditor {
  readonly port: Port;
  readonly sample: string;
  /** What the picture asked for is shown by the page around it. */
  tell(wish: string): void;
}

/** Stands in for the editor around a picture: its theme, its memory, and the border to the host. */
export function fakeEditor(picture: string, defaultSample: string): FakeEditor {
  const address = new URLSearchParams(location.search);
  const sample = address.get("sample") ?? defaultSample;
  const theme = address.get("theme") ?? "dark";
  document.documentElement.classList.add(`theme-${theme}`);
  document.body.classList.add(...bodyClasses(theme));

  const heard: ((message: unknown) => void)[] = [];
  const memoryName = `${picture} ${sample}`;
  (window as WebviewWindow).acquireVsCodeApi = () => ({
    postMessage: message =>
      setTimeout(() => {
        for (const listener of heard) listener(structuredClone(message));
      }),
    getState: () => JSON.parse(sessionStorage.getItem(memoryName) ?? "null"),
    setState: state => sessionStorage.setItem(memoryName, JSON.stringify(state)),
  });
  return {
    sample,
    port: {
      post: message => window.postMessage(structuredClone(message), window.origin),
      onMessage: listener => heard.push(listener),
      onClose: () => {},
    },
    tell: wish => window.parent.postMessage({ wish }, window.origin),
  };
}

function bodyClasses(name: string): string[] {
  if (name === "contrast") return ["vscode-high-contrast"];
  if (name === "contrast-light") return ["vscode-high-contrast", "vscode-high-contrast-light"];
  return [`vscode-${name}`];
}
