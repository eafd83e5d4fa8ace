import type { AutomationTrigger } from "../../model/automationNode.ts";
import type { Trigger, TriggerEdge } from "./triggers.ts";

/** Due when somebody sends NOTIFY, and every now and then: what was sent while nobody listened is lost. */
export function notifyTrigger(
  name: string,
  { channel, databaseEnv, everySeconds }: Extract<AutomationTrigger, { kind: "notify" }>,
  edge: TriggerEdge,
): Trigger {
  const payloads: string[] = [];
  let handing = 0;
  const url = databaseEnv === null ? null : (process.env[databaseEnv] ?? "");
  const end =
    url === ""
      ? () => {}
      : edge.notifications(url).listen(channel, payload => {
          if (payloads.push(payload) > mostKept) payloads.shift();
          edge.happened(name, gatherMs);
        });
  return {
    idle:
      url === ""
        ? `the variable ${databaseEnv} is not set, so nobody listens on "${channel}"`
        : "no notification",
    async collect(_row, now, isPoll) {
      if (url === "" || (payloads.length === 0 && !isPoll)) return null;
      handing = payloads.length;
      return { at: now, event: { kind: "notifications", payloads: payloads.slice() } };
    },
    settled(handed) {
      if (handed) payloads.splice(0, handing);
      handing = 0;
    },
    next: (_row, lastTickAt) => lastTickAt + everySeconds * 1000,
    close: end,
  };
}

const mostKept = 1_000;
const gatherMs = 5;
