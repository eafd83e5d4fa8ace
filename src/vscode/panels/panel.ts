import { randomBytes } from "node:crypto";
import { type Event, Uri, type Webview } from "vscode";
import type { Port } from "../../protocol/channel.ts";
import { panelHtml } from "./panelHtml.ts";

/** Fills a webview with one of our pictures. Only files of `dist/webview` can be loaded into it. */
export function showPicture(webview: Webview, extensionUri: Uri, picture: string, title: string): void {
  const folder = Uri.joinPath(extensionUri, "dist", "webview");
  const address = (file: string) => webview.asWebviewUri(Uri.joinPath(folder, file)).toString();
  webview.options = { enableScripts: true, localResourceRoots: [folder] };
  webview.html = panelHtml({
    title,
    script: address(`${picture}.js`),
    style: address(`${picture}.css`),
    cspSource: webview.cspSource,
    nonce: randomBytes(16).toString("base64url"),
  });
}

/** The border to a webview as a port; it closes when the webview is gone. */
export function webviewPort(webview: Webview, onDidDispose: Event<void>): Port {
  let closed = false;
  onDidDispose(() => {
    closed = true;
  });
  return {
    post: message => {
      if (!closed) void webview.postMessage(message);
    },
    onMessage: listener => webview.onDidReceiveMessage(listener),
    onClose: listener => onDidDispose(listener),
  };
}

/** The picture may be gone by the time it is told; that is no error. */
export function tell(told: Promise<void>): void {
  told.catch(() => {});
}
