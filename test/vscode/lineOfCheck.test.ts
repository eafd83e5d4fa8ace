import { expect, test } from "vitest";
import { lineOfCheck } from "../../src/vscode/lineOfCheck.ts";

const text = `export const other = asset("other", { checks: [notNull("city")] });
export const orders = asset("orders", {
  checks: [
    notNull("city", { blocking: true }),
    unique(["city", "day"]),
    { name: "a.b", sql: "true" },
  ],
});
`;

test("a check is at the line that names it, or calls what it is named after, below its asset", () => {
  expect(lineOfCheck(text, 1, "notNull(city)")).toBe(3);
  expect(lineOfCheck(text, 1, "unique(city, day)")).toBe(4);
  expect(lineOfCheck(text, 1, "a.b")).toBe(5);
  expect(lineOfCheck(text, 1, "made elsewhere")).toBe(1);
});
