import type { AutomationTrigger } from "./automationNode.ts";
import { formatDuration } from "./format.ts";

/** "every 30 s", "0 6 * * * (Europe/Berlin)": when an automation is evaluated. */
export function triggerInWords(trigger: AutomationTrigger | null): string {
  switch (trigger?.kind) {
    case undefined:
      return "known when the code is loaded";
    case "cron": {
      const zone = trigger.timezone === "UTC" ? "" : ` (${trigger.timezone})`;
      return `${trigger.crons.join(" | ")}${zone}`;
    }
    case "interval":
      return `every ${inWords(trigger.everySeconds)}`;
    case "asset":
      return `after ${trigger.asset}`;
    case "runStatus":
      return `after runs that are ${trigger.statuses.join(" or ")}`;
    case "file":
      return `files ${trigger.patterns.join(", ")}`;
    case "notify":
      return `NOTIFY ${trigger.channel}`;
    case "webhook":
      return "calls of /webhooks";
  }
}

function inWords(seconds: number): string {
  return formatDuration(seconds * 1000);
}
