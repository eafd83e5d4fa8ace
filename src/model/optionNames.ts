import { closestName } from "./closestName.ts";
import type { DefinitionFault } from "./definitionFault.ts";

const labels = ["description", "group", "tags", "owners"] as const;
const ofAssets = [
  ...([
    ...labels,
    "kinds",
    "codeVersion",
    "inputs",
    "deps",
    "resources",
    "io",
    "columns",
    "partitions",
  ] as const),
  ...(["backfill", "pool", "automation", "freshness", "checks", "previousKeys"] as const),
] as const;
const ofAutomations = ["description", "on", "resources", "run", "assets", "selection"] as const;

/** What may be said of each thing that is defined, by the name of what defines it; anything else is a misspelling. */
export const optionNames = {
  asset: [...ofAssets, "materialize"],
  sqlAsset: [...ofAssets, "sql"],
  source: [...labels, "io", "partitions"],
  sensor: ["every", ...ofAutomations],
  fileSensor: ["every", "files", "settle", ...ofAutomations],
  assetSensor: ["every", "asset", ...ofAutomations],
  runStatusSensor: ["every", "status", ...ofAutomations],
  postgresNotifySensor: ["every", "channel", "database", ...ofAutomations],
  webhook: ["every", "token", ...ofAutomations],
  schedule: ["cron", "timezone", "partitions", "missed", ...ofAutomations],
  timePartitions: [
    ...(["start", "end", "timezone", "cron", "keyFormat"] as const),
    ...(["minuteOffset", "hourOffset", "dayOffset", "endOffset", "exclude"] as const),
  ],
} as const;

/** What is wrong with the name of an option; null when there is one of that name. */
export function faultOfOption(
  name: string,
  known: readonly string[],
  subject: string,
): DefinitionFault | null {
  if (known.includes(name)) return null;
  const meant = closestName(name, known);
  return {
    what: `The option "${name}" of ${subject} does not exist`,
    whatToDo: meant ? `Did you mean "${meant}"?` : `The options are ${known.join(", ")}.`,
  };
}
