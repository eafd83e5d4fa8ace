import type { AutomationTrigger } from "../../model/automationNode.ts";
import type { Trigger, TriggerEdge } from "./triggers.ts";

/**
 * Due when somebody sends NOTIFY, and every now and then. PostgreSQL keeps nothing for who does not listen: as soon
 * as somebody listens again, the function is called and told that it may have missed something. Without a function
 * the assets are requested then too, and otherwise only for what was sent.
 */
export function notifyTrigger(
  { name, hasFunction }: { readonly name: string; readonly hasFunction: boolean },
  { channel, databaseEnv, everySeconds }: Extract<AutomationTrigger, { kind: "notify" }>,
  edge: TriggerEdge,
): Trigger {
  const payloads: string[] = [];
  let handing = 0;
  let isListening = false;
  /** How often nobody listened, or more was sent than is kept; of these so many were told. */
  let [gaps, told, telling] = [1, 0, 0];
  const url = databaseEnv === null ? null : (process.env[databaseEnv] ?? "");
  const end =
    url === ""
      ? () => {}
      : edge.notifications(url).listen(channel, {
          heard(payload) {
            if (payloads.push(payload) > mostKept) {
              payloads.shift();
              gaps++;
            }
            edge.happened(name, gatherMs);
          },
          listening() {
            isListening = true;
            edge.happened(name, 0);
          },
          deaf() {
            isListening = false;
            gaps++;
          },
        });
  return {
    idle:
      url === ""
        ? `the variable ${databaseEnv} is not set, so nobody listens on "${channel}"`
        : "no notification",
    async collect(_row, now, isPoll) {
      if (url === "") return null;
      const mayHaveMissed = told < gaps;
      // While nobody listens, what was told is not the end of it.
      telling = isListening ? gaps : told;
      const isNews = payloads.length > 0 || (mayHaveMissed && isListening);
      if (!isNews && !(isPoll && hasFunction)) return null;
      handing = payloads.length;
      return { at: now, event: { kind: "notifications", payloads: payloads.slice(), mayHaveMissed } };
    },
    settled(handed) {
      if (handed) {
        payloads.splice(0, handing);
        told = telling;
      }
      handing = 0;
    },
    next: (_row, lastTickAt) => lastTickAt + everySeconds * 1000,
    close: end,
  };
}

const mostKept = 1_000;
const gatherMs = 5;
