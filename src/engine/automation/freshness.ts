import { freshnessAt } from "../../model/freshness.ts";
import { freshnessWords } from "../../model/freshnessWords.ts";
import { requireAutomationLease } from "../../store/automationLease.ts";
import {
  type FreshnessChange,
  lastLoaded,
  recordedFreshness,
  recordFreshness,
} from "../../store/freshness.ts";
import type { AutomationLoop } from "./loop.ts";
import type { AutomationEdge } from "./loops.ts";

/**
 * Notes when assets become fresh, due and overdue: at a materialization, and at the instants that their policies
 * name; in between it looks at nothing.
 */
export function freshnessLoop({ database, environment }: AutomationEdge): AutomationLoop {
  return {
    name: "freshness",
    heeds: payload => ["run", "ended", "handwork", "measured"].includes(payload.split(" ")[0] ?? ""),
    async look({ graph, lease, now }, signal) {
      const bound = graph.assets.filter(it => it.freshnessPolicy);
      const known = await recordedFreshness(database, environment);
      if (bound.length === 0 && known.size === 0) return null;
      const last = await lastLoaded(database, environment, bound);
      const changes: FreshnessChange[] = [];
      let next = Number.POSITIVE_INFINITY;
      for (const { key, freshness, freshnessPolicy = null } of bound) {
        const verdict = freshnessAt(freshnessPolicy, last.get(key) ?? null, now);
        next = Math.min(next, verdict.changesAt ?? next);
        if (known.get(key) === verdict.state) continue;
        const reason = `${freshnessWords[verdict.state].words} (${freshness})`;
        changes.push({ asset: key, state: verdict.state, since: verdict.since, reason });
      }
      const wanted = new Set(bound.map(it => it.key));
      const forgotten = [...known.keys()].filter(it => !wanted.has(it));
      signal.throwIfAborted();
      if (changes.length > 0 || forgotten.length > 0) {
        await database.transaction(async sql => {
          await recordFreshness(sql, environment, now, changes, forgotten);
          await requireAutomationLease(sql, lease);
        });
      }
      return Number.isFinite(next) ? next : null;
    },
  };
}
