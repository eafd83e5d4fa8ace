import { JSDOM } from "jsdom";
import { describe, expect, test } from "vitest";
import { openHost, type WebviewWindow } from "../../webview/shared/host.ts";

describe("the door to the editor", () => {
  test("passes messages both ways", () => {
    const { window, posted, say, heard } = opened();
    say({ id: 1, method: "show", args: [] });
    expect(heard).toEqual([{ id: 1, method: "show", args: [] }]);
    expect(posted).toEqual([{ hello: true }]);
    window.close();
  });

  test("does not hear another origin, nor what is no object", () => {
    const { say, heard } = opened();
    say({ id: 1, method: "show", args: [] }, "https://elsewhere.example");
    say("text");
    say(null);
    say([1, 2]);
    expect(heard).toEqual([]);
  });

  test("tells when the page goes away", () => {
    const { window, closed } = opened();
    window.dispatchEvent(new window.Event("pagehide"));
    window.dispatchEvent(new window.Event("pagehide"));
    expect(closed()).toBe(1);
  });

  test("names what is missing outside a webview", () => {
    const { window } = new JSDOM("", { url: "https://webview.example" });
    expect(() => openHost(window as unknown as WebviewWindow)).toThrow("acquireVsCodeApi is missing");
  });
});

function opened() {
  const { window } = new JSDOM("", { url: "https://webview.example" });
  const posted: unknown[] = [];
  const heard: unknown[] = [];
  let closed = 0;
  const webview = window as unknown as WebviewWindow;
  webview.acquireVsCodeApi = () => ({
    postMessage: message => posted.push(message),
    getState: () => null,
    setState: () => {},
  });
  const { port } = openHost(webview);
  port.onMessage(message => heard.push(message));
  port.onClose(() => closed++);
  port.post({ hello: true });
  return {
    window,
    posted,
    heard,
    closed: () => closed,
    say: (data: unknown, origin = "https://webview.example") =>
      window.dispatchEvent(new window.MessageEvent("message", { data, origin })),
  };
}
