import { openRunsOfBackfill } from "../store/backfills.ts";
import type { Database } from "../store/database.ts";
import { requestCancel } from "../store/ownership.ts";

/** Cancels what a canceled backfill still has; asking once more for what was asked for before changes nothing. */
export async function cancelRunsOfBackfill(database: Database, backfillId: string): Promise<void> {
  for (const runId of await openRunsOfBackfill(database, backfillId)) await requestCancel(database, runId);
}
