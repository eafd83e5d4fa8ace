import { JSDOM } from "jsdom";
import { describe, expect, test, vi } from "vitest";
import type { AssetKey } from "../../src/model/assetKey.ts";
import type { PreviewCell, PreviewColumn } from "../../src/model/rowsPreview.ts";
import { connect } from "../../src/protocol/channel.ts";
import type { RowsHost, RowsSubject, RowsView, ShownRows } from "../../src/protocol/rows.ts";
import { startRows } from "../../webview/rows/rows.ts";
import { sortedRows } from "../../webview/rows/sort.ts";
import { stillBrowser } from "../../webview/shared/browser.ts";
import { ports } from "../support/ports.ts";

const columns = [column("id", "number"), column("city", "text"), column("at", "time")];
const rows: PreviewCell[][] = [
  ["10", "Oslo", "2026-01-02T00:00:00.000Z"],
  ["9", "bergen", null],
  [null, "Lima 10", "2026-01-01T03:30:00.000Z"],
  ["9007199254740993", "Lima 9", "2026-01-03T00:00:00.000Z"],
];
const shown: ShownRows = {
  ...{ asset: "weather/orders" as AssetKey, partition: null, columns, rows, isCut: true },
  ...{ subtitle: "dbt model", hasPartitions: true },
};

describe("rows are ordered", () => {
  test.each<[string, number, number[]]>([
    ["numbers by their size, also those that are written out", 0, [1, 0, 3, 2]],
    ["texts as people order them", 1, [1, 3, 2, 0]],
    ["times by time; what is null comes last", 2, [2, 0, 3, 1]],
  ])("%s", (_, by, order) => {
    expect(sortedRows(rows, columns, { column: by, direction: "ascending" })).toEqual(order);
  });

  test("the other way, with null still last, and as they came", () => {
    expect(sortedRows(rows, columns, { column: 0, direction: "descending" })).toEqual([3, 0, 1, 2]);
    expect(sortedRows(rows, columns, null)).toEqual([0, 1, 2, 3]);
  });

  test("numbers that are too long for JavaScript by all of their digits", () => {
    const long = [["9007199254740993"], ["9007199254740992"]];
    expect(sortedRows(long, columns, { column: 0, direction: "ascending" })).toEqual([1, 0]);
  });
});

describe("the picture", () => {
  test("is a grid for screen readers, with names, numbers of rows, and one cell to tab to", async () => {
    const { document, view } = await picture();
    await view.show(shown);
    const grid = document.querySelector("[role=grid]");
    expect(grid?.getAttribute("aria-label")).toBe("Rows of weather/orders");
    expect([grid?.getAttribute("aria-rowcount"), grid?.getAttribute("aria-colcount")]).toEqual(["5", "3"]);
    expect(document.querySelectorAll("[role=gridcell]")).toHaveLength(12);
    expect(document.querySelectorAll("[tabindex='0']")).toHaveLength(1);
    expect(text(document, ".count")).toBe("The first 4 rows of all partitions");
    expect([...document.querySelectorAll("td")].map(it => it.textContent)).toContain("2026-01-01 03:30:00");
    expect(text(document, "td.nothing")).toBe("null");
  });

  test("is walked by arrows, and ordered by Enter on a name", async () => {
    const { document, view, press } = await picture();
    await view.show(shown);
    press("ArrowRight");
    press("ArrowDown");
    expect(document.activeElement?.textContent).toBe("Oslo");
    expect(text(document, ".caption")).toBe("city: Oslo");
    press("Home", { ctrlKey: true });
    press("Enter");
    expect(document.activeElement?.getAttribute("aria-sort")).toBe("ascending");
    expect(firstColumn(document)).toEqual(["9", "10", "9007199254740993", "null"]);
    press(" ");
    expect(firstColumn(document)).toEqual(["9007199254740993", "10", "9", "null"]);
    expect(text(document, "[role=status].for-readers")).toBe("Ordered by id, descending");
    press("Enter");
    expect(firstColumn(document)).toEqual(["10", "9", "null", "9007199254740993"]);
    press("End", { ctrlKey: true });
    expect(document.activeElement?.textContent).toBe("2026-01-03");
  });

  test("says why there is nothing, and hands on what the user wants", async () => {
    const { document, view, asked } = await picture();
    await view.showEmpty("The table does not exist.", "Materialize");
    expect(text(document, ".empty p")).toBe("The table does not exist.");
    (document.querySelector(".empty button") as HTMLElement).click();
    (document.querySelector("[aria-label='Read again']") as HTMLElement).click();
    await vi.waitUntil(() => asked.length === 3);
    expect(asked).toEqual(["ready", "takeAction", "refresh"]);
    await view.show({ ...shown, columns: [], rows: [] });
    expect(text(document, ".empty p")).toContain("has no rows");
  });

  test("asks again, after the window was reloaded, for what it showed, in the order in which it was", async () => {
    const { document, view, window, memory } = await picture();
    const subject = { root: "/shop", asset: shown.asset, partition: "2026-01-01", test: null };
    await view.wait("Reading weather/orders …", subject);
    await view.show(shown);
    (document.querySelector("th") as HTMLElement).click();
    expect(firstColumn(document)[0]).toBe("9");
    window.close();

    const again = await picture(memory);
    expect(again.remembered).toEqual([subject]);
    await again.view.wait("Reading weather/orders …", subject);
    await again.view.show(shown);
    expect(firstColumn(again.document)[0]).toBe("9");
  });

  test.each([null, "?", { subject: { root: 1 }, sorted: [] }, { subject: { root: "/shop" } }])(
    "begins anew when what it remembers is %j",
    async memory => {
      expect((await picture({ state: memory })).remembered).toEqual([null]);
    },
  );

  test("refuses a message that it does not understand, and says what to send", async () => {
    const { view } = await picture();
    await expect(view.show({ ...shown, rows: [["1"]] })).rejects.toThrow("row 0 has 1 cells; send 3");
    await expect(view.show({ ...shown, columns: [{ name: "a" }] as never })).rejects.toThrow(
      "column 0: kind",
    );
  });
});

async function picture(memory: { state: unknown } = { state: null }) {
  const { window } = new JSDOM("<!doctype html><body></body>", { pretendToBeVisual: true });
  const { document } = window;
  const [here, there] = ports();
  const asked: string[] = [];
  const remembered: (RowsSubject | null)[] = [];
  const note = (what: string) => () => void asked.push(what);
  const view = connect<RowsHost, RowsView>(there, {
    ready(subject) {
      asked.push("ready");
      remembered.push(subject);
    },
    refresh: note("refresh"),
    openSource: note("openSource"),
    choosePartition: note("choosePartition"),
    takeAction: note("takeAction"),
  });
  startRows(
    document.body,
    here,
    {
      read: () => memory.state,
      write(state) {
        memory.state = state;
      },
    },
    stillBrowser({ width: 800, height: 400 }, 0),
  );
  await vi.waitUntil(() => asked.length === 1);
  return {
    ...{ window, document, view, asked, memory, remembered },
    press(key: string, more: KeyboardEventInit = {}) {
      const event = new window.KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
      document.activeElement?.dispatchEvent(event);
    },
  };
}

function column(name: string, kind: PreviewColumn["kind"]): PreviewColumn {
  return { name, kind, type: null, description: null };
}

function text(document: Document, selector: string): string | null | undefined {
  return document.querySelector(selector)?.textContent;
}

function firstColumn(document: Document): (string | null)[] {
  return [...document.querySelectorAll("tbody tr")].map(it => it.firstElementChild?.textContent ?? null);
}
