import type { AssetKey } from "../model/assetKey.ts";
import type { Database } from "../store/database.ts";
import { freeSlot, type Pool, takeSlot } from "../store/pools.ts";
import type { StepRow } from "../store/runs.ts";

export interface SlotsEdge {
  readonly database: Database;
  /** The pool, of one slot, that stands for the table of a dbt model. */
  tableOf(asset: AssetKey): Pool;
  /** The pool that an asset names. */
  poolOf(asset: AssetKey): Pool | null;
}

/** What an invocation of dbt has got, or whom it waits with. */
export type TakenSlots = { readonly threads: number | null } | { readonly waiting: AssetKey };

/**
 * Takes what the steps of one invocation need: their tables, for other runs may make other partitions of the same
 * models, and slots of the pools that they name. Of a pool some are enough: dbt then works on as many nodes at once
 * as there are slots. With nothing of it, the invocation waits, and everything that was taken is given back.
 */
export async function takeSlots(
  group: readonly StepRow[],
  runId: string,
  { database, tableOf, poolOf }: SlotsEdge,
): Promise<TakenSlots> {
  const byAsset = [...new Map(group.map(it => [it.asset, it] as const))];
  const owned: StepRow[] = [];
  for (const [asset, step] of byAsset) {
    // dbt builds beside a table and puts it in place by name.
    if (step.positions === null) continue;
    if (!(await take(step, tableOf(asset)))) return giveBack(asset);
  }
  let threads: number | null = null;
  for (const { pool, steps } of pooled(byAsset, poolOf)) {
    let taken = 0;
    while (taken < steps.length && (await take(steps[taken] as StepRow, pool))) taken++;
    if (taken === 0) return giveBack((steps[0] as StepRow).asset);
    if (taken < steps.length) threads = Math.min(threads ?? taken, taken);
  }
  return { threads };

  async function take(step: StepRow, pool: Pool): Promise<boolean> {
    const isTaken = await takeSlot(database, pool, { id: step.id, runId });
    if (isTaken) owned.push(step);
    return isTaken;
  }

  async function giveBack(waiting: AssetKey): Promise<TakenSlots> {
    await leaveSlots(owned, database);
    return { waiting };
  }
}

export async function leaveSlots(steps: readonly StepRow[], database: Database): Promise<void> {
  for (const id of new Set(steps.map(it => it.id))) await freeSlot(database, id);
}

function pooled(steps: readonly (readonly [AssetKey, StepRow])[], poolOf: SlotsEdge["poolOf"]) {
  const pools = new Map<string, { pool: Pool; steps: StepRow[] }>();
  for (const [asset, step] of steps) {
    const pool = poolOf(asset);
    if (pool === null) continue;
    const known = pools.get(pool.name) ?? { pool, steps: [] };
    known.steps.push(step);
    pools.set(pool.name, known);
  }
  return pools.values();
}
