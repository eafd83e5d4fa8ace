import { describe, expect, test } from "vitest";
import { lineAfterEdit } from "../../../src/vscode/editor/lineAfterEdit.ts";

describe("the line of a failure while one types", () => {
  test("moves with lines that come or go above it", () => {
    expect(lineAfterEdit(8, 2, 2, "one\ntwo\nthree")).toBe(10);
    expect(lineAfterEdit(8, 2, 5, "")).toBe(5);
    expect(lineAfterEdit(8, 2, 4, "x\ny\nz")).toBe(8);
    expect(lineAfterEdit(8, 7, 7, "\r\n")).toBe(9);
  });

  test("stays when something below changes", () => {
    expect(lineAfterEdit(8, 9, 12, "")).toBe(8);
  });

  test("is answered when it is edited itself, alone or among others", () => {
    expect(lineAfterEdit(8, 8, 8, "x")).toBeNull();
    expect(lineAfterEdit(8, 3, 20, "")).toBeNull();
    expect(lineAfterEdit(8, 8, 9, "")).toBeNull();
  });
});
