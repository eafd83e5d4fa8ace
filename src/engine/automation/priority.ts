import { backfillPriority } from "../../store/backfills.ts";

/** More runs than these that are requested at once go on behind what people ask for, as those of a backfill do. */
const mostInFront = 10;

/** The priority of runs of which so many are requested at once. */
export function priorityOf(runs: number): number {
  return runs > mostInFront ? backfillPriority : 0;
}
