import type { AutomationTrigger } from "../../model/automationNode.ts";
import { removeCalls, waitingCalls } from "../../store/webhookCalls.ts";
import type { Trigger, TriggerEdge } from "./triggers.ts";

/** Due when somebody has called the daemon; a call stays written down until it was handed over. */
export function webhookTrigger(
  name: string,
  { everySeconds }: Extract<AutomationTrigger, { kind: "webhook" }>,
  { database, environment }: TriggerEdge,
): Trigger {
  return {
    idle: "no call",
    async collect(row, now) {
      const calls = await waitingCalls(database, environment, name, mostAtOnce);
      if (calls.length === 0) return null;
      return {
        at: now,
        event: { kind: "calls", calls },
        async write(sql) {
          await removeCalls(
            sql,
            calls.map(it => it.id),
          );
          return row.position;
        },
        more: calls.length === mostAtOnce,
      };
    },
    settled() {},
    next: (_row, lastTickAt) => lastTickAt + everySeconds * 1000,
    close() {},
  };
}

const mostAtOnce = 100;
