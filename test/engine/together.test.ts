import { expect, test } from "vitest";
import { together } from "../../src/engine/together.ts";

test("the first is asked at once, what comes meanwhile goes together, no more than so many", async () => {
  const asked: number[][] = [];
  const double = together(3, async (numbers: readonly number[]) => {
    asked.push([...numbers]);
    return numbers.map(it => it * 2);
  });
  expect(await Promise.all([1, 2, 3, 4, 5].map(double))).toEqual([2, 4, 6, 8, 10]);
  expect(asked).toEqual([[1], [2, 3, 4], [5]]);
});

test("who asks together fails together, and the next are asked all the same", async () => {
  const half = together(9, async (numbers: readonly number[]) => {
    if (numbers.includes(3)) throw new Error("odd");
    return numbers.map(it => it / 2);
  });
  const answers = await Promise.allSettled([half(2), half(3), half(4)]);
  expect(answers.map(it => it.status)).toEqual(["fulfilled", "rejected", "rejected"]);
  expect(await half(6)).toBe(3);
});
