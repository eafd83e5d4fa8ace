import { type AssetKey, parseAssetKey } from "../model/assetKey.ts";
import type { AutomationTrigger, EndedRunStatus, MissedTicks } from "../model/automationNode.ts";
import { secondsOf } from "../model/duration.ts";
import { checkAutomation } from "./automationFaults.ts";
import { checkOptions } from "./definitionFaults.ts";
import type { ScannedAutomation, Value } from "./fileScan.ts";
import { type Constants, literalElements, literalFields, literalText, literalTexts } from "./literals.ts";
import { type Holder, type Reading, readValue } from "./readValue.ts";
import { type Call, type Expression, withoutTypes } from "./syntax.ts";

/** How the SDK calls what declares a sensor or a schedule. */
const automationMakers = [
  "sensor",
  "assetSensor",
  "runStatusSensor",
  "fileSensor",
  "postgresNotifySensor",
  "webhook",
  "schedule",
] as const;

export type AutomationMaker = (typeof automationMakers)[number];

export function isAutomationMaker(name: string): name is AutomationMaker {
  return automationMakers.some(it => it === name);
}

/** Reads `sensor(name, options)` and its like; without a literal name there is nothing to list. */
export function readAutomation(
  maker: AutomationMaker,
  call: Call,
  [nameArgument, optionsArgument]: Expression[],
  reading: Reading,
  holder: Holder,
): Value {
  const { constants, lines, file, problems } = reading;
  const kind = maker === "schedule" ? "schedule" : "sensor";
  const name = literalText(nameArgument, constants);
  if (name === null) {
    const at = lines.position((nameArgument ?? call).start ?? 0);
    const message = `The name of this ${kind} is computed, so the scan leaves it out. The loaded definitions will decide; write it as a literal to see it here.`;
    problems.push({ file, ...at, severity: "info", message });
    return { is: "other", what: `a ${kind}` };
  }
  const options = literalFields(optionsArgument, constants);
  const fields = options?.fields;
  checkOptions(maker, `${kind} "${name}"`, options, reading);
  const option = (field: string) => fields?.get(field)?.value;
  const run = fields?.get("run");
  const on = option("on");
  const bare = on && withoutTypes(on);
  const automation: ScannedAutomation = {
    kind,
    name,
    description: literalText(option("description"), constants),
    selection: literalText(option("selection"), constants),
    trigger: fields ? triggerOf(maker, option, reading) : null,
    on: !(bare?.type === "BooleanLiteral" && !bare.value),
    hasFunction: run !== undefined,
    assets: assetsOf(option("assets"), reading),
    statement: lines.range(holder.place),
    nameRange: lines.range(nameArgument ?? call),
  };
  reading.automations.push(automation);
  const called = { subject: `${kind} "${name}"`, name, nameAt: nameArgument ?? call };
  checkAutomation(maker, called, option, reading);
  // Assets may be declared among its options.
  if (optionsArgument) readValue(optionsArgument, reading);
  return { is: "other", what: `a ${kind}` };
}

function assetsOf(expression: Expression | null | undefined, reading: Reading): Value[] {
  return (literalElements(expression, reading.constants) ?? []).map((element): Value => {
    const key = literalText(element, reading.constants);
    return key === null ? readValue(element, reading) : { is: "key", key };
  });
}

type Option = (name: string) => Expression | null | undefined;

/** Null as soon as something that matters is computed. */
function triggerOf(maker: string, option: Option, { constants }: Reading): AutomationTrigger | null {
  const text = (name: string) => literalText(option(name), constants);
  const everySeconds = option("every") === undefined ? 30 : secondsIn(option("every"), constants);
  if (everySeconds === null) return null;
  switch (maker) {
    case "sensor":
      return { kind: "interval", everySeconds };
    case "schedule":
      return cronOf(option, constants);
    case "assetSensor": {
      const parsed = parseAssetKey(text("asset") ?? "");
      return "key" in parsed ? { kind: "asset", asset: parsed.key as AssetKey, everySeconds } : null;
    }
    case "runStatusSensor": {
      const statuses = textsOf(option("status"), constants) as EndedRunStatus[];
      return statuses.length > 0 ? { kind: "runStatus", statuses, everySeconds } : null;
    }
    case "fileSensor": {
      const patterns = textsOf(option("files"), constants);
      const settle = option("settle") === undefined ? 0.05 : secondsIn(option("settle"), constants);
      if (patterns.length === 0 || settle === null) return null;
      return { kind: "file", patterns, settleMs: settle * 1000, everySeconds };
    }
    case "postgresNotifySensor": {
      const channel = text("channel");
      const databaseEnv = variableIn(option("database"), constants);
      return channel === null ? null : { kind: "notify", channel, databaseEnv, everySeconds };
    }
    default: {
      const tokenEnv = variableIn(option("token"), constants);
      return tokenEnv === null ? null : { kind: "webhook", tokenEnv, everySeconds };
    }
  }
}

function cronOf(option: Option, constants: Constants): AutomationTrigger | null {
  const crons = textsOf(option("cron"), constants);
  const timezone = option("timezone") === undefined ? "UTC" : literalText(option("timezone"), constants);
  const missed = (literalText(option("missed"), constants) ?? "latest") as MissedTicks;
  const count = option("partitions") ? withoutTypes(option("partitions") as Expression) : null;
  if (crons.length === 0 || timezone === null) return null;
  return {
    kind: "cron",
    crons,
    timezone,
    missed,
    partitions: count?.type === "NumericLiteral" ? count.value : 1,
  };
}

function textsOf(expression: Expression | null | undefined, constants: Constants): string[] {
  const text = literalText(expression, constants);
  return text === null ? literalTexts(expression, constants) : [text];
}

function secondsIn(expression: Expression | null | undefined, constants: Constants): number | null {
  const bare = expression ? withoutTypes(expression) : null;
  return secondsOf(bare?.type === "NumericLiteral" ? bare.value : literalText(expression, constants));
}

/** `{ env: "TOKEN" }`. */
function variableIn(expression: Expression | null | undefined, constants: Constants): string | null {
  return literalText(literalFields(expression, constants)?.fields.get("env")?.value, constants);
}
