import type { BackfillSummary } from "../model/backfillState.ts";
import { findBackfill } from "../store/backfillSummaries.ts";
import type { Database } from "../store/database.ts";

/** Tells of changed backfills, and the longer the counting takes the less often. */
export interface BackfillReporter {
  changed(backfillId: string): void;
  stop(): Promise<void>;
}

/** For when nobody listens: nothing is counted. */
export const noBackfillReporter: BackfillReporter = { changed: () => {}, stop: async () => {} };

/** So much longer than telling took nothing is told again. */
const restBetween = 15;
const leastMs = 200;

export function createBackfillReporter(
  database: Database,
  tell: (backfill: BackfillSummary) => Promise<void>,
): BackfillReporter {
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let rest = 0;
  let telling: Promise<void> = Promise.resolve();
  return {
    changed(backfillId) {
      changed.add(backfillId);
      timer ??= setTimeout(tellAll, rest);
    },
    async stop() {
      clearTimeout(timer);
      tellAll();
      await telling;
    },
  };

  function tellAll() {
    const ids = [...changed];
    changed.clear();
    telling = telling.then(async () => {
      const since = performance.now();
      for (const id of ids) {
        const summary = await findBackfill(database, id).catch(() => null);
        // The database may be away: the next change is told.
        if (summary) await tell(summary).catch(() => {});
      }
      rest = Math.max(leastMs, (performance.now() - since) * restBetween);
      timer = undefined;
      if (changed.size > 0) timer = setTimeout(tellAll, rest);
    });
  }
}
