import { describe, expect, test } from "vitest";
import { encoderOfKind, encoderOfType } from "../../src/integrations/postgres/copyText.ts";

describe("values in COPY's text format", () => {
  test.each([
    ["plain", "plain"],
    ["a\tb\nc\rd\\e", "a\\tb\\nc\\rd\\\\e"],
    ["\\N", "\\\\N"],
    ["\\.", "\\\\."],
    ["", ""],
    ["Zürich 東京 🌦\u2028", "Zürich 東京 🌦\u2028"],
  ])("text %j", (value, written) => {
    expect(encoderOfKind("text")(value as never)).toBe(written);
  });

  test.each([
    [0, "0"],
    [-0, "-0"],
    [0.1, "0.1"],
    [5e-324, "5e-324"],
    [Number.NaN, "NaN"],
    [Number.NEGATIVE_INFINITY, "-Infinity"],
  ])("number %d", (value, written) => {
    expect(encoderOfKind("number")(value as never)).toBe(written);
  });

  test.each([
    ["2026-01-31T23:59:59.007Z", "2026-01-31T23:59:59.007Z"],
    ["1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"],
    ["+012345-06-07T08:09:10.011Z", "12345-06-07T08:09:10.011Z"],
    ["0000-03-15T00:00:00.000Z", "0001-03-15T00:00:00.000Z BC"],
    ["-000043-03-15T00:00:00.000Z", "0044-03-15T00:00:00.000Z BC"],
  ])("the time %s", (value, written) => {
    expect(encoderOfKind("timestamp")(new Date(value) as never)).toBe(written);
  });

  test("a Date for a date column is its day in UTC", () => {
    expect(encoderOfType("date")(new Date("2026-01-31T23:59:00Z") as never)).toBe("2026-01-31");
  });

  test("bytes, JSON and arrays keep their backslashes", () => {
    expect(encoderOfKind("bytes")(Buffer.from("hi") as never)).toBe("\\\\x6869");
    expect(encoderOfKind("json")({ path: "C:\\" } as never)).toBe('{"path":"C:\\\\\\\\"}');
    expect(encoderOfType("text[]")(['a"b', "c\\d", null, ["e"]] as never)).toBe(
      '{"a\\\\"b","c\\\\\\\\d",NULL,{"e"}}',
    );
  });

  test("text in a declared jsonb column is a JSON string", () => {
    expect(encoderOfType("jsonb")("12" as never)).toBe('"12"');
  });

  test.each([
    ["text", "a\0b", "U+0000"],
    ["text", "a\ud83c", "surrogate"],
    ["timestamp", new Date(Number.NaN), "invalid Date"],
    ["json", { a: 1n }, "BigInt"],
    ["json", new Map(), "Map"],
  ] as const)("what PostgreSQL cannot store in a %s column is an error", (kind, value, message) => {
    expect(() => encoderOfKind(kind)(value as never)).toThrow(message);
  });

  test("an object in a declared text column is an error", () => {
    expect(() => encoderOfType("text")({} as never)).toThrow("is declared text, which cannot hold an object");
  });
});
