import { expect, test } from "vitest";
import { fromSamples, isWithinBudget } from "../../bench/figures/figure.ts";
import { benchTable } from "../../bench/figures/table.ts";

const click = {
  figure: "click → materialized, p95",
  unit: "ms",
  budget: 100,
  better: "lower",
  peer: null,
} as const;

test("a percentile is a sample, with its extremes beside", () => {
  const samples = Array.from({ length: 100 }, (_, at) => 100 - at);
  expect(fromSamples(samples, 95, click)).toMatchObject({ value: 95, n: 100, min: 1, max: 100 });
  expect(fromSamples([7], 50, click)).toMatchObject({ value: 7, n: 1 });
});

test("a budget may be a ceiling or a floor", () => {
  const figure = fromSamples([100], 50, click);
  expect(isWithinBudget(figure)).toBe(true);
  expect(isWithinBudget({ ...figure, value: 101 })).toBe(false);
  expect(isWithinBudget({ ...figure, value: 101, better: "higher" })).toBe(true);
  expect(isWithinBudget({ ...figure, value: 99, better: "higher" })).toBe(false);
});

test("the table shows value, budget and peer", () => {
  const figure = { ...fromSamples([120], 95, click), peer: { name: "raw loop", value: 60 } };
  expect(benchTable([figure], "2026-01-31", "2 × cores")).toContain(
    "| click → materialized, p95 | 120 ms | ≤ 100 ms | ✗ | 1 | 120 … 120 | raw loop: 60 ms |",
  );
});
