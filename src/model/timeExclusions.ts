import { type Cron, parseCron } from "./cron.ts";
import { cronCalendar } from "./cronCalendar.ts";
import type { ReportFault } from "./definitionFault.ts";
import type { TimeExclusion, TimePartitions } from "./partitionsDefinition.ts";
import { type TimeWindows, timeWindows } from "./timeWindows.ts";
import { instantOf, timeZone } from "./timeZone.ts";
import { parseWallClock } from "./wallClock.ts";

/** What is left out of time windows, as it is written: keys, wall clocks at which a window begins, crons of such. */
export type WrittenExclusion = string | { readonly cron: string };

/** Completes the exclusions of a definition that has none yet. */
export function defineExclusions(
  definition: TimePartitions,
  cron: Cron,
  written: readonly WrittenExclusion[],
  report: ReportFault,
): TimeExclusion[] {
  if (written.length === 0) return [];
  const windows = timeWindows(definition, 0);
  const exclusions: TimeExclusion[] = [];
  const crons: Cron[] = [];
  for (const item of written) {
    const excluded = typeof item === "string" ? null : excludedCron(definition, cron, item.cron, report);
    if (typeof item !== "string") {
      if (excluded === null) continue;
      crons.push(excluded);
      exclusions.push({ cron: item.cron });
      continue;
    }
    const key = excludedKey(windows, item);
    if (key !== null) exclusions.push({ key });
    else {
      const example = `Write a key such as "${windows.keyAt(0)}", or a cron: { cron: "0 0 * * 0" }.`;
      report(`"exclude" of ${definition.kind} partitions holds "${item}", where no window begins`, example);
    }
  }
  if (crons.length > 0 && cronCalendar(cron, crons).timesPerCycle === 0) {
    report(`"exclude" of ${definition.kind} partitions leaves no window`, "Exclude less.");
  }
  return exclusions;
}

function excludedCron({ kind }: TimePartitions, cron: Cron, text: string, report: ReportFault): Cron | null {
  const parsed = parseCron(text);
  if ("error" in parsed) {
    report(`"exclude" of ${kind} partitions holds the cron "${text}"`, parsed.error);
    return null;
  }
  if (cronCalendar(cron, [parsed.cron]).timesPerCycle < cronCalendar(cron).timesPerCycle) return parsed.cron;
  report(
    `"exclude" of ${kind} partitions holds the cron "${text}", at which no window begins`,
    `The windows begin at "${cron.text}"; the same minute and hour belong in the exclusion.`,
  );
  return null;
}

function excludedKey(windows: TimeWindows, written: string): string | null {
  if (windows.indexOfAny(written) !== null) return written;
  const wall = parseWallClock(written);
  if (wall === null) return null;
  const instant = instantOf(timeZone(windows.definition.timezone), wall);
  const index = windows.indexAt(instant);
  return index !== null && windows.windowAt(index).start === instant ? windows.keyAt(index) : null;
}
