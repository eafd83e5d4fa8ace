import * as fc from "fast-check";
import { JSDOM } from "jsdom";
import { describe, expect, test } from "vitest";
import { drawMarkdown } from "../../webview/shared/drawMarkdown.ts";
import { parseMarkdown } from "../../webview/shared/markdown.ts";

describe("a description in Markdown", () => {
  test.each([
    [
      "paragraphs and marks",
      "One **row** per `city`,\nand *day*.\n\nMore.",
      "<p>One <strong>row</strong> per <code>city</code>,\nand <em>day</em>.</p><p>More.</p>",
    ],
    [
      "a list with what is indented below an item",
      "- a\n  and b\n- c",
      "<ul><li>a and b</li><li>c</li></ul>",
    ],
    ["a numbered list", "1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"],
    ["a heading that is none of the page's", "## Grain\ntext", '<p class="heading">Grain</p><p>text</p>'],
    ["code that is left as it is", "```sql\nselect **1**\n```\n", "<pre><code>select **1**</code></pre>"],
    ["a quotation", "> so\n> it is", "<blockquote>so it is</blockquote>"],
    [
      "a table",
      "| a | b |\n|---|:-:|\n| 1 | x\\|y |",
      "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>x|y</td></tr></table>",
    ],
    [
      "a link to the web",
      "[docs](https://example.org/a_b)",
      '<p><a href="https://example.org/a_b" title="https://example.org/a_b">docs</a></p>',
    ],
    [
      "names with underscores as they are",
      "see daily_weather_summary and __init__",
      "<p>see daily_weather_summary and <strong>init</strong></p>",
    ],
    ["marks that are never closed", "2 * 3 and **so", "<p>2 * 3 and **so</p>"],
  ])("shows %s", (_, text, html) => {
    expect(drawn(text)).toBe(html);
  });

  test.each([
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](command:workbench.action.terminal.new)",
    "![x](https://example.org/x.png)",
    "<script>alert(1)</script>",
    '[x](data:text/html,<b>"y"</b>)',
  ])("makes of %s neither an element nor an address", text => {
    const { document } = drawnDocument(text);
    expect(document.querySelectorAll("body :not(div, p, span, a)")).toHaveLength(0);
    for (const link of document.querySelectorAll("a")) expect(link.href).toMatch(/^https:/);
  });

  test("ends, and loses no word, whatever is written", () => {
    const piece = fc.constantFrom(
      "*",
      "**",
      "_",
      "`",
      "```",
      "[a](",
      "](",
      ")",
      "|",
      "---",
      "#",
      "> ",
      "- ",
      "1. ",
      "\n",
      "word",
      " ",
      "<b>",
      "\\",
    );
    void fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), pieces => {
        const text = pieces.join("");
        const words = text.split("word").length - 1;
        const shown = drawnDocument(text).document.body.textContent ?? "";
        // What stands behind the fence of code is its language.
        if (!text.includes("```")) expect(shown.split("word").length - 1).toBe(words);
        expect(parseMarkdown(text)).toBeInstanceOf(Array);
      }),
      { numRuns: 300 },
    );
  });

  test("is read at once, however long a mark stays open", () => {
    const text = "**a `b [c](".repeat(3_000);
    expect(drawn(text).length).toBeGreaterThan(0);
  });
});

/** Without the wrapping of plain text, which says nothing. */
function drawn(text: string): string {
  return (
    drawnDocument(text)
      .document.querySelector("div")
      ?.innerHTML.replaceAll(/<\/?span>/g, "") ?? ""
  );
}

function drawnDocument(text: string) {
  const { window } = new JSDOM("<!doctype html><body><div></div></body>");
  drawMarkdown(window.document.querySelector("div") as HTMLElement, text);
  return window;
}
