import type { TimePartitionsOptions as CheckedOptions } from "../model/defineTimePartitions.ts";
import { optionNames } from "../model/optionNames.ts";
import type { TimePartitions } from "../model/partitionsDefinition.ts";
import type { DefinitionProblems } from "./definitionError.ts";
import { inWords } from "./inWords.ts";
import { isRecord, rejectUnknownOptions } from "./labels.ts";

/** What may be said of windows of time. */
export interface TimePartitionsOptions {
  /** A date or time in the zone, "2026-01-01": the first window begins then, or as soon as one may. */
  readonly start: string;
  /** No window ends after this date or time. */
  readonly end?: string;
  /** A name of the IANA database, "Europe/Berlin"; "UTC" when nothing is said. */
  readonly timezone?: string;
  /** 1 adds the window that has not ended yet; -1 leaves out the last one that has. */
  readonly endOffset?: number;
  /** How keys are written; "%Y-%m-%d", and "%Y-%m-%d-%H:%M" where there are several on a day. */
  readonly keyFormat?: string;
  /** Windows that do not exist: keys, and crons at which they would begin. They leave holes. */
  readonly exclude?: readonly (string | { readonly cron: string })[];
}

export interface HourlyPartitionsOptions extends TimePartitionsOptions {
  /** At which minute of the hour a window begins; 0 when nothing is said. */
  readonly minuteOffset?: number;
}

export interface DailyPartitionsOptions extends HourlyPartitionsOptions {
  /** At which hour of the day a window begins; 0 when nothing is said. */
  readonly hourOffset?: number;
}

export interface WeeklyPartitionsOptions extends DailyPartitionsOptions {
  /** On which day a week begins; 0, when nothing is said, is Sunday, 1 is Monday. */
  readonly dayOffset?: number;
}

export interface MonthlyPartitionsOptions extends DailyPartitionsOptions {
  /** On which day, 1 to 28, a month begins; 1 when nothing is said. */
  readonly dayOffset?: number;
}

export interface CronPartitionsOptions extends TimePartitionsOptions {
  /** When windows begin: minute, hour, day of month, month, weekday. */
  readonly cron: string;
}

/** The options if they are of the right types; null when something was said against them. */
export function checkTimeOptions(
  kind: TimePartitions["kind"],
  options: unknown,
  problems: DefinitionProblems,
): CheckedOptions | null {
  const subject = `${kind} partitions`;
  const example = kind === "cron" ? 'cron: "0 0 * * 1-5", start: "2026-01-01"' : 'start: "2026-01-01"';
  const whole = `Write ${kind}Partitions({ ${example} }).`;
  if (!isRecord(options)) {
    problems.add(`The options of ${subject} are ${inWords(options)}`, whole);
    return null;
  }
  rejectUnknownOptions(options, optionNames.timePartitions, subject, problems);
  let isRight = true;
  const wrong = (name: string, advice: string) => {
    problems.add(`"${name}" of ${subject} is ${inWords(options[name])}`, advice);
    isRight = false;
  };
  for (const name of texts) {
    const isNeeded = name === "start" || (name === "cron" && kind === "cron");
    if (options[name] === undefined ? isNeeded : typeof options[name] !== "string") wrong(name, whole);
  }
  for (const name of numbers) {
    if (options[name] !== undefined && typeof options[name] !== "number") wrong(name, `Write ${name}: 1.`);
  }
  if (options.exclude !== undefined && !isExclude(options.exclude)) {
    wrong("exclude", 'Write exclude: ["2026-12-25", { cron: "0 0 * * 0" }].');
  }
  return isRight ? (options as unknown as CheckedOptions) : null;
}

const texts = ["start", "end", "timezone", "cron", "keyFormat"] as const;
const numbers = ["minuteOffset", "hourOffset", "dayOffset", "endOffset"] as const;

function isExclude(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(it => typeof it === "string" || (isRecord(it) && typeof it.cron === "string"))
  );
}
