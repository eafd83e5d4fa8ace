import type { Dbt } from "./dbt.ts";
import type { FoundDbt } from "./find.ts";
import { plainDbt } from "./plain.ts";
import { createDbtPool, type PoolOptions } from "./pool.ts";

/** The dbt that was found, warm if it can be, else by its command line. */
export function openDbt(
  found: FoundDbt,
  options: Pick<PoolOptions, "most" | "memoryLimit" | "idleMs"> = {},
): Dbt {
  const plain = plainDbt(found.command);
  return found.python === null ? plain : createDbtPool({ ...options, python: found.python, plain });
}
