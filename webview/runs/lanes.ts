import type { AssetStateName } from "../../src/model/assetState.ts";
import type { RunSummary } from "../../src/model/run.ts";
import { stateOfStatus } from "../../src/model/stateWords.ts";
import type { BackfillName } from "../../src/protocol/runs.ts";
import { packRows } from "./layout/rows.ts";

/** A run with its instants as numbers, read once: they are compared thousands of times. */
export interface TimedRun {
  readonly run: RunSummary;
  readonly state: AssetStateName;
  readonly created: number;
  readonly started: number | null;
  /** Null while it goes on or waits. */
  readonly ended: number | null;
}

/** Runs that belong together: all that asked for the same, or all of one backfill. */
export interface Lane {
  readonly id: string;
  readonly kind: "selection" | "backfill";
  readonly label: string;
  /** What is made, when it is a backfill that is known. */
  readonly backfill: BackfillName | null;
  /** In the order in which they were asked for. */
  readonly runs: readonly TimedRun[];
  /** The same, so that no two of a row go on at once. */
  readonly rows: readonly (readonly TimedRun[])[];
}

/** One line of the picture: a lane, or one of the rows of an open one. */
export interface Line {
  readonly lane: Lane;
  readonly runs: readonly TimedRun[];
  readonly isFirst: boolean;
  readonly isOpen: boolean;
}

export function timed(run: RunSummary): TimedRun {
  const instant = (iso: string | null) => (iso === null ? null : Date.parse(iso));
  const created = Date.parse(run.createdAt);
  const ended = instant(run.endedAt);
  // What was canceled before it began never worked.
  const started = instant(run.startedAt);
  return { run, state: stateOfStatus[run.status], created, started, ended };
}

/** Where a run lies: one without a selection of its own would not be asked for. */
export function laneIdOf({ backfillId, selection }: RunSummary): string {
  return backfillId === null ? `selection ${selection}` : `backfill ${backfillId}`;
}

/**
 * The lanes of some runs. Those of `before` keep their places, for the eye looks for them there; new ones come
 * first, the newest at the top. A lane of which nothing has changed is the same one as before.
 */
export function lanesOf(
  runs: readonly TimedRun[],
  backfills: ReadonlyMap<string, BackfillName>,
  before: readonly Lane[],
): Lane[] {
  const groups = new Map<string, TimedRun[]>();
  for (const it of runs) {
    const id = laneIdOf(it.run);
    const group = groups.get(id);
    if (group) group.push(it);
    else groups.set(id, [it]);
  }
  const places = new Map(before.map(({ id }, at) => [id, at]));
  return [...groups]
    .map(([id, group]) => {
      const known = before[places.get(id) ?? -1];
      const sorted = group.sort(byCreation);
      const backfill = backfills.get(sorted[0]?.run.backfillId ?? "") ?? null;
      return known?.backfill === backfill && haveSameRuns(known, sorted)
        ? known
        : laneOf(id, sorted, backfill);
    })
    .sort((a, b) => (places.get(a.id) ?? -1) - (places.get(b.id) ?? -1) || newest(b) - newest(a));
}

/** One line for a closed lane, one for each row of an open one; `byHand` says what somebody opened or closed. */
export function linesOf(lanes: readonly Lane[], byHand: ReadonlyMap<string, boolean>): Line[] {
  return lanes.flatMap(lane => {
    const isOpen = lane.rows.length > 1 && isLaneOpen(lane, byHand);
    const rows = isOpen ? lane.rows : [lane.runs];
    return rows.map((runs, at) => ({ lane, runs, isFirst: at === 0, isOpen }));
  });
}

/** A backfill is one line until somebody wants to see its runs; runs of a selection are seen apart while they go on at once. */
export function isLaneOpen({ id, kind, rows, runs }: Lane, byHand: ReadonlyMap<string, boolean>): boolean {
  const goOnAtOnce = runs.filter(it => it.ended === null).length > 1;
  return byHand.get(id) ?? (kind === "selection" && goOnAtOnce && rows.length <= mostRowsAtFirst);
}

const mostRowsAtFirst = 4;

function laneOf(id: string, runs: TimedRun[], backfill: BackfillName | null): Lane {
  const [first] = runs as [TimedRun];
  const kind = first.run.backfillId === null ? "selection" : "backfill";
  const label = backfill?.selection ?? first.run.selection;
  return { id, kind, label, backfill, runs, rows: packRows(runs) };
}

function haveSameRuns({ runs }: Lane, others: readonly TimedRun[]): boolean {
  return runs.length === others.length && runs.every((it, at) => it === others[at]);
}

function byCreation(a: TimedRun, b: TimedRun): number {
  return a.created - b.created || Number(a.run.id) - Number(b.run.id);
}

function newest({ runs }: Lane): number {
  return (runs.at(-1) as TimedRun).created;
}
