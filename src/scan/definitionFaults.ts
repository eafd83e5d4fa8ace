import { defineDynamicPartitions, defineStaticPartitions } from "../model/definePartitions.ts";
import { defineTimePartitions, type TimePartitionsOptions } from "../model/defineTimePartitions.ts";
import type { Defined, DefinitionFault } from "../model/definitionFault.ts";
import { faultOfOption, optionNames } from "../model/optionNames.ts";
import type { TimePartitions } from "../model/partitionsDefinition.ts";
import { type LiteralFields, literalFields, literalNumber, literalText, literalTexts } from "./literals.ts";
import type { Reading } from "./readValue.ts";
import type { Call, Expression, Placed } from "./syntax.ts";

/** Says which options of a literal do not exist, each where its name is written. */
export function checkOptions(
  definer: keyof typeof optionNames,
  subject: string,
  options: LiteralFields | null,
  reading: Reading,
): void {
  for (const [name, field] of options?.fields ?? []) {
    const fault = faultOfOption(name, optionNames[definer], subject);
    if (fault) tell(reading, field.name, fault);
  }
}

/** Says what is certainly wrong with partitions that are literals, as loading them would. */
export function checkPartitions(sdkName: string, call: Call, [first]: Expression[], reading: Reading): void {
  const { constants } = reading;
  const kind = timeKinds[sdkName];
  if (kind) checkTime(kind, call, literalFields(first, constants), reading);
  if (sdkName === "staticPartitions") {
    const keys = literalTexts(first, constants);
    for (const fault of faultsOf(defineStaticPartitions(keys))) tell(reading, call, fault);
  }
  const name = sdkName === "dynamicPartitions" ? literalText(first, constants) : null;
  if (name !== null) for (const fault of faultsOf(defineDynamicPartitions(name))) tell(reading, call, fault);
}

const timeKinds: Readonly<Record<string, TimePartitions["kind"]>> = {
  hourlyPartitions: "hourly",
  dailyPartitions: "daily",
  weeklyPartitions: "weekly",
  monthlyPartitions: "monthly",
  cronPartitions: "cron",
};

/** What is computed is taken to be right. */
function checkTime(
  kind: TimePartitions["kind"],
  call: Call,
  options: LiteralFields | null,
  reading: Reading,
): void {
  if (options === null) return;
  checkOptions("timePartitions", `${kind} partitions`, options, reading);
  const given: Record<string, string | number> = {};
  for (const [name, { value }] of options.fields) {
    const isNumber = name.endsWith("Offset");
    const literal = value && (isNumber ? literalNumber : literalText)(value, reading.constants);
    if (literal !== null) given[name] = literal;
  }
  if (!options.fields.has("start") && options.unknown.length === 0) {
    const whatToDo = `Write ${kind}Partitions({ start: "2026-01-01" }).`;
    tell(reading, call, { what: `"start" of ${kind} partitions is missing`, whatToDo });
  }
  const assumed = { start: "2026-01-01", ...(kind === "cron" ? { cron: "0 0 * * *" } : {}) };
  const defined = defineTimePartitions(kind, { ...assumed, ...(given as Partial<TimePartitionsOptions>) });
  for (const fault of faultsOf(defined)) {
    const name = /"(\w+)"/.exec(fault.what)?.[1] ?? "";
    tell(reading, options.fields.get(name)?.value ?? call, fault);
  }
}

function faultsOf(defined: Defined<unknown>): readonly DefinitionFault[] {
  return "faults" in defined ? defined.faults : [];
}

function tell({ file, lines, problems }: Reading, at: Placed, { what, whatToDo }: DefinitionFault): void {
  const message = `${what}. ${whatToDo}`;
  problems.push({ file, ...lines.position(at.start ?? 0), severity: "error", message });
}
