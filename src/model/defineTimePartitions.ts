import { type Cron, parseCron } from "./cron.ts";
import type { Defined, DefinitionFault, ReportFault } from "./definitionFault.ts";
import { type KeyFormat, parseKeyFormat } from "./keyFormat.ts";
import { missingDirectives } from "./keyPrecision.ts";
import type { TimePartitions } from "./partitionsDefinition.ts";
import { defineExclusions, type WrittenExclusion } from "./timeExclusions.ts";
import { isTimeZone } from "./timeZone.ts";
import { parseWallClock, spellWallClock } from "./wallClock.ts";

/** What may be said of partitions that are windows of time. */
export interface TimePartitionsOptions {
  readonly start: string;
  readonly end?: string | null;
  readonly timezone?: string;
  /** For the kind "cron" only, as the offsets are for the others. */
  readonly cron?: string;
  readonly minuteOffset?: number;
  readonly hourOffset?: number;
  readonly dayOffset?: number;
  readonly keyFormat?: string;
  readonly endOffset?: number;
  readonly exclude?: readonly WrittenExclusion[];
}

/** The definition that these options describe, or what is wrong with them. */
export function defineTimePartitions(
  kind: TimePartitions["kind"],
  options: TimePartitionsOptions,
): Defined<TimePartitions> {
  const faults: DefinitionFault[] = [];
  const report = (what: string, whatToDo: string) => faults.push({ what, whatToDo });
  const { timezone = "UTC", endOffset = 0, exclude = [] } = options;
  const subject = `${kind} partitions`;

  if (!isTimeZone(timezone)) report(`"timezone" of ${subject} is "${timezone}"`, zoneAdvice);
  if (!Number.isSafeInteger(endOffset)) {
    report(
      `"endOffset" of ${subject} is ${endOffset}`,
      "Write a whole number; 1 adds the window that has not ended.",
    );
  }
  const start = wallClockOf("start", subject, options.start, report);
  const end = options.end == null ? null : wallClockOf("end", subject, options.end, report);
  const cron = cronOf(kind, options, report);
  const format = cron === null ? null : formatOf(subject, cron, options.keyFormat, report);
  if (faults.length > 0 || cron === null || start === null || format === null) return { faults };

  const keyFormat = format.pattern;
  const definition = { kind, cron: cron.text, start, end, timezone, keyFormat, endOffset, exclusions: [] };
  const exclusions = defineExclusions(definition, cron, exclude, report);
  return faults.length > 0 ? { faults } : { definition: { ...definition, exclusions } };
}

const zoneAdvice = 'Write a name of the IANA database, such as "Europe/Berlin" or "UTC".';

function wallClockOf(name: string, subject: string, text: string, report: ReportFault): string | null {
  const wall = parseWallClock(text);
  if (wall !== null) return spellWallClock(wall);
  const hasOffset = /T.*(Z|[+-]\d\d:?\d\d)$/.test(text);
  const advice = hasOffset ? ' The zone stands in "timezone".' : "";
  report(
    `"${name}" of ${subject} is "${text}"`,
    `Write a date "2026-01-31" or a time "2026-01-31T06:30".${advice}`,
  );
  return null;
}

function cronOf(
  kind: TimePartitions["kind"],
  options: TimePartitionsOptions,
  report: ReportFault,
): Cron | null {
  checkOffsets(kind, options, report);
  const { minuteOffset = 0, hourOffset = 0, dayOffset } = options;
  if (kind !== "cron") {
    if (options.cron !== undefined) {
      report(`${kind} partitions have no "cron"`, `Write cronPartitions({ cron: "${options.cron}", … }).`);
    }
    const texts = {
      hourly: `${minuteOffset} * * * *`,
      daily: `${minuteOffset} ${hourOffset} * * *`,
      weekly: `${minuteOffset} ${hourOffset} * * ${(dayOffset ?? 0) % 7}`,
      monthly: `${minuteOffset} ${hourOffset} ${dayOffset ?? 1} * *`,
    };
    const parsed = parseCron(texts[kind]);
    return "cron" in parsed ? parsed.cron : null;
  }
  const parsed = parseCron(options.cron ?? "");
  if ("cron" in parsed) return parsed.cron;
  report(`"cron" of cron partitions is "${options.cron ?? ""}"`, parsed.error);
  return null;
}

type OffsetName = "minuteOffset" | "hourOffset" | "dayOffset";
interface OffsetRange {
  readonly least: number;
  readonly most: number;
  readonly words: string;
}

const minuteOffset = { least: 0, most: 59, words: "a minute of the hour, 0 to 59" };
const hourOffset = { least: 0, most: 23, words: "an hour of the day, 0 to 23" };
const weekday = { least: 0, most: 7, words: "a day of the week, 0 (Sunday) to 6" };
const dayOfMonth = {
  least: 1,
  most: 28,
  words: 'a day that every month has, 1 to 28; the last one is cronPartitions({ cron: "0 0 L * *", … })',
};
const offsetRanges: Readonly<Record<TimePartitions["kind"], Partial<Record<OffsetName, OffsetRange>>>> = {
  hourly: { minuteOffset },
  daily: { minuteOffset, hourOffset },
  weekly: { minuteOffset, hourOffset, dayOffset: weekday },
  monthly: { minuteOffset, hourOffset, dayOffset: dayOfMonth },
  cron: {},
};

function checkOffsets(
  kind: TimePartitions["kind"],
  { minuteOffset, hourOffset, dayOffset }: TimePartitionsOptions,
  report: ReportFault,
): void {
  const ranges = offsetRanges[kind];
  for (const [name, value] of Object.entries({ minuteOffset, hourOffset, dayOffset })) {
    if (value === undefined) continue;
    const range = ranges[name as OffsetName];
    if (range === undefined) {
      const names = Object.keys(ranges).join(", ");
      const advice = names === "" ? "The cron says when a window begins." : `They are moved by ${names}.`;
      report(`${kind} partitions have no "${name}"`, advice);
    } else if (!Number.isInteger(value) || value < range.least || value > range.most) {
      report(`"${name}" of ${kind} partitions is ${value}`, `Write ${range.words}.`);
    }
  }
}

function formatOf(
  subject: string,
  cron: Cron,
  written: string | undefined,
  report: ReportFault,
): KeyFormat | null {
  const isDated = missingDirectives(cron, new Set(["Y", "m", "d"])).length === 0;
  const pattern = written ?? (isDated ? "%Y-%m-%d" : "%Y-%m-%d-%H:%M");
  const parsed = parseKeyFormat(pattern);
  if ("error" in parsed) {
    report(`"keyFormat" of ${subject} is "${pattern}"`, parsed.error);
    return null;
  }
  const missing = missingDirectives(cron, parsed.format.directives).map(it => `%${it}`);
  if (missing.length === 0) return parsed.format;
  report(
    `"keyFormat" of ${subject} is "${pattern}", which gives several windows one key`,
    `Add ${missing.join(" and ")}.`,
  );
  return null;
}
