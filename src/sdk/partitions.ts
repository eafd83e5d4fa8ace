import {
  defineDynamicPartitions,
  defineMultiPartitions,
  defineStaticPartitions,
} from "../model/definePartitions.ts";
import { defineTimePartitions } from "../model/defineTimePartitions.ts";
import type { Defined } from "../model/definitionFault.ts";
import type { PartitionsDefinition, TimePartitions } from "../model/partitionsDefinition.ts";
import { brand, isBranded } from "./brand.ts";
import { captureDefinition, DefinitionProblems } from "./definitionError.ts";
import { inWords } from "./inWords.ts";
import { isRecord } from "./labels.ts";
import {
  type CronPartitionsOptions,
  checkTimeOptions,
  type DailyPartitionsOptions,
  type HourlyPartitionsOptions,
  type MonthlyPartitionsOptions,
  type WeeklyPartitionsOptions,
} from "./timePartitions.ts";

/** Into which partitions an asset is cut: `partitions: daily`. One value may serve many assets. */
export type Partitions = PartitionsDefinition & { readonly [brand]: "partitions" };

/**
 * Cuts an asset into hours. When clocks go forward the skipped hour does not exist; when they go back, the key
 * of the second of two equal hours ends with its offset from UTC.
 *
 * @example
 * const hourly = hourlyPartitions({ start: "2026-01-01", timezone: "Europe/Berlin" });
 */
export function hourlyPartitions(options: HourlyPartitionsOptions): Partitions {
  return completeTime("hourly", options, captureDefinition(hourlyPartitions));
}

/**
 * Cuts an asset into days: of 24 hours, and of 23 or 25 when the clocks of the zone are changed.
 *
 * @example
 * const daily = dailyPartitions({ start: "2026-01-01", timezone: "UTC" });
 */
export function dailyPartitions(options: DailyPartitionsOptions): Partitions {
  return completeTime("daily", options, captureDefinition(dailyPartitions));
}

/**
 * Cuts an asset into weeks.
 *
 * @example
 * const weekly = weeklyPartitions({ start: "2026-01-01", dayOffset: 1 }); // from Monday to Sunday
 */
export function weeklyPartitions(options: WeeklyPartitionsOptions): Partitions {
  return completeTime("weekly", options, captureDefinition(weeklyPartitions));
}

/**
 * Cuts an asset into months.
 *
 * @example
 * const monthly = monthlyPartitions({ start: "2026-01-01", keyFormat: "%Y-%m" });
 */
export function monthlyPartitions(options: MonthlyPartitionsOptions): Partitions {
  return completeTime("monthly", options, captureDefinition(monthlyPartitions));
}

/**
 * Cuts an asset into windows that begin when a cron fires. A cron without pauses leaves no gaps: each window ends
 * where the next begins. One with pauses does: "0 0 * * 1-5" makes working days, and the weekend is in none of them.
 *
 * @example
 * const workingDays = cronPartitions({ cron: "0 0 * * 1-5", start: "2026-01-01", exclude: ["2026-12-25"] });
 */
export function cronPartitions(options: CronPartitionsOptions): Partitions {
  return completeTime("cron", options, captureDefinition(cronPartitions));
}

/**
 * Cuts an asset into named parts. Their order is that of the list.
 *
 * @example
 * const cities = staticPartitions(["berlin", "paris", "rome"]);
 */
export function staticPartitions(keys: readonly string[]): Partitions {
  const problems = new DefinitionProblems(captureDefinition(staticPartitions));
  if (!Array.isArray(keys) || !keys.every(it => typeof it === "string")) {
    const found = Array.isArray(keys)
      ? `an array with ${inWords(keys.find(it => typeof it !== "string"))}`
      : inWords(keys);
    problems.add(`Static partitions are given ${found}`, 'Write staticPartitions(["berlin", "paris"]).');
    return problems.raise();
  }
  return complete(defineStaticPartitions(Object.freeze([...keys])), problems);
}

/**
 * Cuts an asset into parts that come and go while it runs: customers, files. The state keeps their keys under
 * this name; assets that use the same name share them.
 *
 * @example
 * const customers = dynamicPartitions("customers");
 */
export function dynamicPartitions(name: string): Partitions {
  const problems = new DefinitionProblems(captureDefinition(dynamicPartitions));
  if (typeof name !== "string") {
    problems.add(`Dynamic partitions are given ${inWords(name)}`, 'Write dynamicPartitions("customers").');
    return problems.raise();
  }
  return complete(defineDynamicPartitions(name), problems);
}

/**
 * Cuts an asset into every combination of the partitions of several dimensions. A key has the parts of its
 * dimensions in the order of their names: "berlin|2026-01-31" for city and day.
 *
 * @example
 * const cityDays = multiPartitions({ day: daily, city: staticPartitions(["berlin", "paris"]) });
 */
export function multiPartitions(dimensions: Readonly<Record<string, Partitions>>): Partitions {
  const problems = new DefinitionProblems(captureDefinition(multiPartitions));
  const whole = 'Write multiPartitions({ day: dailyPartitions({ … }), city: staticPartitions(["berlin"]) }).';
  if (!isRecord(dimensions)) {
    problems.add(`Multi partitions are given ${inWords(dimensions)}`, whole);
    return problems.raise();
  }
  const definitions: Record<string, PartitionsDefinition> = {};
  for (const [name, dimension] of Object.entries(dimensions as Readonly<Record<string, unknown>>)) {
    if (isPartitions(dimension)) definitions[name] = dimension;
    else problems.add(`The dimension "${name}" of multi partitions is ${inWords(dimension)}`, whole);
  }
  problems.throwIfAny();
  return complete(defineMultiPartitions(definitions), problems);
}

/** Known by its brand: another copy of the SDK may have made it. */
export function isPartitions(value: unknown): value is Partitions {
  return isBranded(value, "partitions");
}

function completeTime(kind: TimePartitions["kind"], options: unknown, definedAt: Error): Partitions {
  const problems = new DefinitionProblems(definedAt);
  const checked = checkTimeOptions(kind, options, problems);
  if (checked === null) return problems.raise();
  return complete(defineTimePartitions(kind, checked), problems);
}

function complete(defined: Defined<PartitionsDefinition>, problems: DefinitionProblems): Partitions {
  if ("faults" in defined) {
    for (const { what, whatToDo } of defined.faults) problems.add(what, whatToDo);
    return problems.raise();
  }
  problems.throwIfAny();
  return Object.freeze({ ...defined.definition, [brand]: "partitions" as const });
}
