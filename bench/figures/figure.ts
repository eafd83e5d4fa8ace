/** One figure: what was measured, how often, and beside what. */
export interface Figure {
  figure: string;
  value: number;
  unit: string;
  /** The limit in the same unit, null when none is promised. */
  budget: number | null;
  better: "lower" | "higher";
  n: number;
  min: number;
  max: number;
  /** The same work done by somebody else, or its raw limit, in the same run. */
  peer: { name: string; value: number } | null;
}

/** What each file of this folder exports as `bench` is handed: tell it every figure. */
export type Report = (figure: Figure) => void;

/** The figure of many samples at a percentile: 50 is the median. */
export function fromSamples(
  samples: readonly number[],
  percentile: number,
  rest: Omit<Figure, "value" | "n" | "min" | "max">,
): Figure {
  const sorted = [...samples].sort((a, b) => a - b);
  const at = Math.min(sorted.length - 1, Math.ceil((percentile / 100) * sorted.length) - 1);
  return {
    ...rest,
    value: round(sorted[Math.max(0, at)] ?? Number.NaN),
    n: sorted.length,
    min: round(sorted[0] ?? Number.NaN),
    max: round(sorted.at(-1) ?? Number.NaN),
  };
}

export function isWithinBudget({ value, budget, better }: Figure): boolean {
  if (budget === null) return true;
  return better === "lower" ? value <= budget : value >= budget;
}

/** Three significant digits: more would be noise. */
function round(value: number) {
  return Number(value.toPrecision(3));
}
