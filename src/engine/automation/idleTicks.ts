import type { AutomationName } from "../../model/automationNode.ts";
import { type AutomationLease, requireAutomationLease } from "../../store/automationLease.ts";
import type { Database } from "../../store/database.ts";
import { extendTicks, recordTicks, type TickRecord } from "../../store/ticks.ts";

/**
 * Ticks that change nothing but the history: many of them are written at once, and those that come to nothing
 * in the same way as the one before only count it up. A daemon that dies forgets the last second of them.
 */
export interface IdleTicks {
  note(tick: TickRecord): void;
  /** Another tick of it was written: the next idle one stands for itself. */
  interrupted(automation: AutomationName): void;
  /** Writes what is noted; nothing when the lease is lost. */
  flush(lease: AutomationLease): Promise<void>;
  /** Whether something waits to be written. */
  pending(): boolean;
  forget(): void;
}

interface Last {
  /** Null until it is written. */
  id: string | null;
  likeness: string;
  startedAt: number;
  more: number;
  endedAt: number;
}

/** So long one row stands for many evaluations, for a history that can be read by the day. */
const longestMs = 86_400_000;

export function createIdleTicks(database: Database, environment: string): IdleTicks {
  const last = new Map<string, Last>();
  let fresh: { tick: TickRecord; last: Last }[] = [];
  const extended = new Set<Last>();

  return {
    note(tick) {
      const name = nameOf(tick);
      const likeness = JSON.stringify([tick.status, tick.reason, tick.error?.message, tick.cursorAfter]);
      const before = last.get(name);
      if (before?.likeness === likeness && tick.startedAt - before.startedAt < longestMs) {
        before.more++;
        before.endedAt = tick.endedAt;
        extended.add(before);
        return;
      }
      const { startedAt, endedAt } = tick;
      const next: Last = { id: null, likeness, startedAt, endedAt, more: 0 };
      last.set(name, next);
      fresh.push({ tick, last: next });
    },
    interrupted: automation => void last.delete(nameOf(automation)),
    pending: () => fresh.length > 0 || extended.size > 0,
    async flush(lease) {
      const written = fresh.splice(0, mostAtOnce);
      if (written.length > 0) {
        const ids = await database.transaction(async sql => {
          const recorded = await recordTicks(
            sql,
            environment,
            written.map(it => it.tick),
          );
          await requireAutomationLease(sql, lease);
          return recorded;
        });
        for (const [at, { last }] of written.entries()) last.id = ids[at] ?? null;
      }
      const counted = [...extended].filter(it => it.id !== null);
      if (counted.length === 0) return;
      const ticks = counted.map(({ id, more, endedAt }) => ({
        id: id as string,
        evaluations: more,
        endedAt,
      }));
      for (const it of counted) {
        extended.delete(it);
        it.more = 0;
      }
      await extendTicks(database, ticks);
    },
    forget() {
      last.clear();
      extended.clear();
      fresh = [];
    },
  };
}

/** A notification names the ticks, and has room for so many. */
const mostAtOnce = 400;

function nameOf({ kind, name }: AutomationName): string {
  return `${kind} ${name}`;
}
