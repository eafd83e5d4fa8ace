import type { AssetKey } from "./assetKey.ts";
import { splitRun } from "./backfillRuns.ts";
import {
  difference,
  emptySet,
  type IndexRange,
  intersection,
  type PartitionSet,
  setOfRange,
  union,
} from "./partitionSet.ts";

/** What a backfill has done so far, counted from the steps of its runs. */
export interface BackfillAccount {
  /** Requested and not ended, or waiting to be requested in smaller pieces. */
  readonly requested: Map<AssetKey, PartitionSet>;
  readonly materialized: Map<AssetKey, PartitionSet>;
  readonly failed: Map<AssetKey, PartitionSet>;
  /** Pieces of ranges that failed: each is tried alone, until what is bad stands by itself. */
  readonly pieces: BackfillPiece[];
  /** How often the worker died under a step, by asset and range. */
  readonly deaths: Map<string, number>;
}

export interface BackfillPiece extends IndexRange {
  readonly asset: AssetKey;
}

/** A step of one of its runs: how it ended, or that it has not. */
export interface BackfillStep extends BackfillPiece {
  readonly status: "succeeded" | "failed" | "skipped" | "canceled" | "unknown" | "queued" | "running";
  readonly lost: "engine" | "worker" | null;
  readonly forgiven: boolean;
}

export function newAccount(): BackfillAccount {
  return { requested: new Map(), materialized: new Map(), failed: new Map(), pieces: [], deaths: new Map() };
}

/** Code that kills its worker so often is what is wrong. */
const mostDeaths = 3;

/** Counts steps in the order of their runs. */
export function countSteps(account: BackfillAccount, steps: readonly BackfillStep[]): void {
  for (const step of steps) countStep(account, step);
}

/** Marks as requested what is about to be. */
export function countRequest({ requested, pieces }: BackfillAccount, piece: BackfillPiece): void {
  add(requested, piece);
  const at = pieces.findIndex(it => it.asset === piece.asset && it.from === piece.from && it.to === piece.to);
  if (at >= 0) pieces.splice(at, 1);
}

/** What is given up is not requested in pieces either. */
export function dropGivenUp(
  { requested, pieces }: BackfillAccount,
  givenUp: ReadonlyMap<AssetKey, PartitionSet>,
): void {
  const waiting = pieces.splice(0);
  for (const { asset, from, to } of waiting) {
    const set = givenUp.get(asset) ?? emptySet;
    const left = difference(setOfRange(from, to), set);
    pieces.push(...left.ranges.map(range => ({ asset, ...range })));
    requested.set(
      asset,
      difference(requested.get(asset) ?? emptySet, intersection(set, setOfRange(from, to))),
    );
  }
}

function countStep(account: BackfillAccount, step: BackfillStep): void {
  countRequest(account, step);
  switch (outcomeOf(account, step)) {
    case "open":
      return;
    case "done":
      add(account.materialized, step);
      take(account.failed, step);
      break;
    case "failed":
      add(account.failed, step);
      break;
    case "again":
      break;
    case "inPieces":
      account.pieces.push(...(splitRun(step) ?? []).map(half => ({ asset: step.asset, ...half })));
      return;
  }
  take(account.requested, step);
}

function outcomeOf({ deaths }: BackfillAccount, step: BackfillStep) {
  if (step.status === "succeeded") return "done";
  if (step.status === "queued" || step.status === "running") return "open";
  // What was skipped waits for what it needs; that decides whether it is requested again or given up.
  if (step.status === "skipped" || step.forgiven || step.lost === "engine") return "again";
  // Somebody canceled this run and not the whole backfill: what it was to make is not tried behind their back.
  if (step.status === "canceled" || step.status === "unknown") return "failed";
  if (step.lost === "worker") {
    const name = `${step.asset} ${step.from} ${step.to}`;
    const count = (deaths.get(name) ?? 0) + 1;
    deaths.set(name, count);
    if (count < mostDeaths) return "again";
  }
  return step.to - step.from > 1 ? "inPieces" : "failed";
}

function add(sets: Map<AssetKey, PartitionSet>, { asset, from, to }: BackfillPiece): void {
  sets.set(asset, union(sets.get(asset) ?? emptySet, setOfRange(from, to)));
}

function take(sets: Map<AssetKey, PartitionSet>, { asset, from, to }: BackfillPiece): void {
  sets.set(asset, difference(sets.get(asset) ?? emptySet, setOfRange(from, to)));
}
