import { cutNetwork } from "./cutNetwork.ts";
import { jumpingClock } from "./jumpingClock.ts";
import { killedDaemons } from "./killedDaemons.ts";
import { killedDatabase } from "./killedDatabase.ts";
import { killedEngines } from "./killedEngines.ts";
import { misbehavingSensors } from "./misbehavingSensors.ts";
import type { Scenario } from "./scenario.ts";

/** Every fault that is inflicted, in the order of the table. */
export const scenarios: readonly Scenario[] = [
  killedEngines,
  killedDaemons,
  killedDatabase,
  cutNetwork,
  misbehavingSensors,
  jumpingClock,
];
