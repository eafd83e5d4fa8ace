import { isTimePartitions, type PartitionsDefinition } from "./partitionsDefinition.ts";

/** A definition as one reads it: "daily from 2026-01-01", "static: berlin, paris", "day × city". */
export function partitionsInWords(definition: PartitionsDefinition): string {
  if (isTimePartitions(definition)) {
    const { kind, cron, start, end, timezone } = definition;
    const until = end === null ? "" : ` to ${dateOf(end)}`;
    return `${kind === "cron" ? cron : kind} from ${dateOf(start)}${until}${timezone === "UTC" ? "" : `, ${timezone}`}`;
  }
  switch (definition.kind) {
    case "static":
      return definition.keys.length > longestList
        ? `static (${definition.keys.length})`
        : `static: ${definition.keys.join(", ")}`;
    case "dynamic":
      return `dynamic: ${definition.name}`;
    case "multi":
      return definition.dimensions.map(it => it.name).join(" × ");
  }
}

const longestList = 4;

/** Midnight goes without saying. */
function dateOf(wallClock: string): string {
  return wallClock.replace(/T00:00(:00)?$/, "");
}
