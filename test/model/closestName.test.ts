import { expect, test } from "vitest";
import { closestName } from "../../src/model/closestName.ts";

const names = ["inputs", "owners", "description", "materialize"];

test.each([
  ["input", "inputs"],
  ["Inputs", "inputs"],
  ["inptus", "inputs"],
  ["descripton", "description"],
  ["materialise", "materialize"],
  ["partitions", null],
  ["xy", null],
])("for %s the closest name is %s", (written, closest) => {
  expect(closestName(written, names)).toBe(closest);
});

test("nothing is close among no names", () => {
  expect(closestName("inputs", [])).toBeNull();
});
