import type { MissedTicks } from "../model/automationNode.ts";
import { parseSchedule } from "../model/schedule.ts";
import type { OpenedResources } from "./assetOptions.ts";
import type { AutomationDefinition } from "./automationDefinition.ts";
import {
  type AutomationOptions,
  completeAutomation,
  type NamedResources,
  type NoResources,
} from "./automationParts.ts";
import { inWords } from "./inWords.ts";
import { isListOfTexts } from "./labels.ts";
import type { SensorContext } from "./sensorContext.ts";

export interface ScheduleOptions<Resources extends NamedResources = NoResources>
  extends AutomationOptions<SensorContext<OpenedResources<Resources>>, Resources> {
  /** When: a cron such as "0 6 * * 1-5", or several that count together. */
  readonly cron: string | readonly string[];
  /** A name of the IANA database, "Europe/Berlin"; "UTC" when nothing is said. */
  readonly timezone?: string;
  /** How many of the latest partitions are made, as they are when it is due; 1 when nothing is said. */
  readonly partitions?: number;
  /** What becomes of ticks while no daemon ran: none, the latest or all of them; "latest" when nothing is said. */
  readonly missed?: MissedTicks;
}

/**
 * Declares a schedule: its assets are requested at the ticks of a cron, partitioned ones of the partition that
 * is the latest then. A function may decide instead.
 *
 * @example
 * export const everyMorning = schedule("every_morning", {
 *   cron: "0 6 * * *",
 *   timezone: "Europe/Berlin",
 *   assets: [dailyReadings],
 * });
 */
export function schedule<const Resources extends NamedResources = NoResources>(
  name: string,
  options: ScheduleOptions<Resources>,
): AutomationDefinition {
  const form = {
    definer: "schedule",
    kind: "schedule",
    needsFunction: false,
    example: 'schedule("every_morning", { cron: "0 6 * * *", assets: [dailyReadings] })',
  } as const;
  return completeAutomation(form, name, options, schedule, (given, subject, problems) => {
    const { cron, timezone = "UTC", partitions = 1, missed = "latest" } = given;
    const crons = typeof cron === "string" ? [cron] : cron;
    if (!isListOfTexts(crons)) {
      problems.add(`The cron of ${subject} is ${inWords(cron)}`, 'Write cron: "0 6 * * *".');
      return null;
    }
    const parsed = parseSchedule(crons, String(timezone));
    if ("error" in parsed) problems.add(`The ${subject} is never due`, parsed.error);
    if (typeof partitions !== "number" || !Number.isInteger(partitions) || partitions < 1) {
      problems.add(
        `"partitions" of ${subject} is ${inWords(partitions)}`,
        "Write how many of the latest are made: partitions: 1.",
      );
    }
    if (!["skip", "latest", "all"].includes(missed as string)) {
      problems.add(`"missed" of ${subject} is ${inWords(missed)}`, 'Write "skip", "latest" or "all".');
    }
    return {
      kind: "cron",
      crons,
      timezone: String(timezone),
      missed: missed as MissedTicks,
      partitions: partitions as number,
    };
  });
}
