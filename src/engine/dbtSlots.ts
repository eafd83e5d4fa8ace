import type { AssetKey } from "../model/assetKey.ts";
import type { Database } from "../store/database.ts";
import { freeSlot, freeSlotOf, noteWaiting, type Pool, takeSlot } from "../store/pools.ts";
import type { StepRow } from "../store/runs.ts";

export interface SlotsEdge {
  readonly database: Database;
  /** The pool, of one slot, that stands for the table of a dbt model. */
  tableOf(asset: AssetKey): Pool;
  /** The pool that an asset names. */
  poolOf(asset: AssetKey): Pool | null;
}

/** What an invocation of dbt has got, or whom it waits with. */
export type TakenSlots =
  | {
      readonly threads: number | null;
      /** Gives back what the steps that have not ended can no longer use. */
      leaveEnded(): Promise<void>;
    }
  | { readonly waiting: AssetKey };

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
  const held: { pool: string; assets: Set<AssetKey>; steps: string[] }[] = [];
  for (const { pool, steps } of pooled(byAsset, poolOf)) {
    let taken = 0;
    while (taken < steps.length && (await take(steps[taken] as StepRow, pool))) taken++;
    if (taken === 0) return giveBack((steps[0] as StepRow).asset);
    if (taken < steps.length) {
      threads = Math.min(threads ?? taken, taken);
      // In which order they begin dbt decides: whichever has not begun yet waits.
      await noteWaiting(
        database,
        pool,
        pool.slots,
        steps.map(it => it.id),
      );
    }
    const assets = new Set(steps.map(it => it.asset));
    held.push({ pool: pool.name, assets, steps: steps.slice(0, taken).map(it => it.id) });
  }
  return { threads, leaveEnded };

  /** Of a pool no more is held than there are models left to make, whichever of them took it. */
  async function leaveEnded(): Promise<void> {
    const open = new Set(group.flatMap(it => (isOpen(it) ? [it.asset] : [])));
    for (const { pool, assets, steps } of held) {
      const left = [...assets].filter(it => open.has(it)).length;
      for (const id of steps.splice(left)) await freeSlotOf(database, id, pool);
    }
  }

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

function isOpen({ status }: StepRow): boolean {
  return status === "queued" || status === "running";
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
