import { expect, test } from "vitest";
import { isHarmless, short } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";

/** In short; `npm run chaos` inflicts them for longer. */
test.each(scenarios.filter(it => it.hindrance?.() == null))(
  "$fault: nothing is lost, nothing is made twice",
  { timeout: 600_000 },
  async scenario => {
    const outcome = await scenario.run(short);
    expect(outcome.strikes).toBeGreaterThan(0);
    expect(isHarmless(outcome), JSON.stringify(outcome)).toBe(true);
  },
);
