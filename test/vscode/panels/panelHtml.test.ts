import { JSDOM } from "jsdom";
import { describe, expect, test } from "vitest";
import { panelHtml } from "../../../src/vscode/panels/panelHtml.ts";

const page = {
  title: "Lineage",
  script: "https://files.example/dist/webview/lineage.js",
  style: "https://files.example/dist/webview/lineage.css",
  cspSource: "https://files.example",
  nonce: "n0nce",
};

describe("the page of a picture", () => {
  test("allows nothing but our own files, and only the script that carries the nonce", () => {
    const policy = policyOf(panelHtml(page));
    expect(policy["default-src"]).toBe("'none'");
    expect(policy["script-src"]).toBe("'nonce-n0nce'");
    expect(policy["style-src"]).toBe("https://files.example");
    expect(JSON.stringify(policy)).not.toMatch(/unsafe|https?:(?!\/\/files\.example)|\*/);
  });

  test("has one script, from a file", () => {
    const { document } = new JSDOM(panelHtml(page)).window;
    const scripts = [...document.querySelectorAll("script")];
    expect(scripts.map(it => [it.src, it.nonce || it.getAttribute("nonce"), it.textContent])).toEqual([
      [page.script, "n0nce", ""],
    ]);
    expect(document.querySelectorAll("style, [style], [onclick]")).toHaveLength(0);
  });

  test("cannot be broken out of by a path", () => {
    const hostile = `https://files.example/"><script>alert(1)</script>`;
    const { document } = new JSDOM(panelHtml({ ...page, style: hostile, title: "</title><b>" })).window;
    expect(document.querySelectorAll("script")).toHaveLength(1);
    expect(document.querySelector("b")).toBeNull();
    expect(document.querySelector("link")?.getAttribute("href")).toBe(hostile);
  });
});

function policyOf(html: string): Record<string, string> {
  const { document } = new JSDOM(html).window;
  const policy = document.querySelector("meta[http-equiv]")?.getAttribute("content") ?? "";
  return Object.fromEntries(
    policy.split("; ").map(it => [it.slice(0, it.indexOf(" ")), it.slice(it.indexOf(" ") + 1)]),
  );
}
