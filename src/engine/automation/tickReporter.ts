import type { AutomationClient } from "../../protocol/automation.ts";
import { leaderChanged } from "../../store/automationLease.ts";
import type { Database } from "../../store/database.ts";
import { findTicks } from "../../store/ticks.ts";

/**
 * Tells the client which ticks have ended, whichever engine evaluated them, and that somebody else evaluates them
 * now; many ticks at once are told once.
 */
export interface TickReporter {
  /** A word on the database's channel. */
  heard(payload: string | null): void;
}

const gatherMs = 30;

export function createTickReporter(
  database: Database,
  environment: string,
  client: Partial<AutomationClient>,
): TickReporter {
  const heard = new Set<string>();
  let isGathering = false;
  return {
    heard(payload) {
      if (payload === leaderChanged || /^automation (?!webhook )/.test(payload ?? "")) {
        client.automationsChanged?.();
      }
      if (!client.ticksEnded || !payload?.startsWith("tick ")) return;
      for (const id of payload.slice("tick ".length).split(",")) heard.add(id);
      if (!isGathering) setTimeout(tell, gatherMs);
      isGathering = true;
    },
  };

  function tell() {
    isGathering = false;
    const ids = [...heard];
    heard.clear();
    findTicks(database, environment, ids).then(
      ticks => {
        if (ticks.length > 0) client.ticksEnded?.(ticks);
      },
      () => {
        // The database is away: the history tells what was missed to whoever asks for it.
      },
    );
  }
}
