import { expect, test } from "vitest";
import { canMakeNetworks } from "../support/network.ts";
import { cutNetwork } from "./cutNetwork.ts";
import { isHarmless, short } from "./scenario.ts";
import { scenarios } from "./scenarios.ts";

/** In short; `npm run chaos` inflicts them for longer. */
test.each(scenarios.filter(it => it !== cutNetwork || canMakeNetworks()))(
  "$fault: nothing is lost, nothing is made twice",
  { timeout: 180_000 },
  async scenario => {
    const outcome = await scenario.run(short);
    expect(outcome.strikes).toBeGreaterThan(0);
    expect(isHarmless(outcome), JSON.stringify(outcome)).toBe(true);
  },
);
