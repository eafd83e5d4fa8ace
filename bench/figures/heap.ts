import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Megabytes of this process's heap that are in use once what nobody needs has been collected. */
export function heapInUse(): number {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed / 1e6;
}
