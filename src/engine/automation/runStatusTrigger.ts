import type { AutomationTrigger } from "../../model/automationNode.ts";
import { newlyEndedRuns, noteEndedRuns, type RunPosition, runPosition } from "../../store/sensorEvents.ts";
import type { Trigger, TriggerEdge } from "./triggers.ts";

/** Due when runs have ended in certain ways. */
export function runStatusTrigger(
  name: string,
  { statuses, everySeconds }: Extract<AutomationTrigger, { kind: "runStatus" }>,
  { database, environment }: TriggerEdge,
): Trigger {
  return {
    begin: sql => runPosition(sql),
    idle: `no run is newly ${statuses.join(" or ")}`,
    async collect(row, now) {
      const position = row.position as RunPosition;
      const runs = await newlyEndedRuns(database, environment, name, statuses, position, mostAtOnce);
      if (runs.length === 0) return null;
      return {
        at: now,
        event: { kind: "runs", runs },
        write: sql => noteEndedRuns(sql, environment, name, runs, position),
        more: runs.length === mostAtOnce,
      };
    },
    settled() {},
    next: (_row, lastTickAt) => lastTickAt + everySeconds * 1000,
    close() {},
  };
}

const mostAtOnce = 200;
