import { describe, expect, test } from "vitest";
import { columnTypes } from "../../src/integrations/postgres/columnValue.ts";

describe("a timestamp as PostgreSQL writes it", () => {
  test.each([
    ["2026-01-31 23:59:59.123+00", "2026-01-31T23:59:59.123Z"],
    ["2026-01-31 23:59:59+05:30", "2026-01-31T18:29:59.000Z"],
    ["2026-01-31 23:59:59.1-03:30", "2026-02-01T03:29:59.100Z"],
    ["1890-01-01 00:00:00.123456+00:34:08", "1889-12-31T23:25:52.123Z"],
    ["12345-01-31 00:00:00-02", "+012345-01-31T02:00:00.000Z"],
    ["0044-03-15 12:00:00+00 BC", "-000043-03-15T12:00:00.000Z"],
    ["0099-01-01 00:00:00+00", "0099-01-01T00:00:00.000Z"],
  ])("%s is %s", (text, iso) => {
    expect(columnTypes.getTypeParser(1184)(text)).toEqual(new Date(iso));
  });

  test("is in UTC when it has no zone", () => {
    const parse = columnTypes.getTypeParser(1114);
    expect(parse("2026-03-29 02:30:00.5")).toEqual(new Date("2026-03-29T02:30:00.500Z"));
    expect(parse("0044-03-15 00:00:00 BC")).toEqual(new Date("-000043-03-15T00:00:00Z"));
  });
});

test("a column of a type that is not known is text", () => {
  expect(columnTypes.getTypeParser(99_999 as never)("(1,2)")).toBe("(1,2)");
});
