import { parseAssetKey } from "../model/assetKey.ts";
import { isAutomationName } from "../model/automationNode.ts";
import { parseCron } from "../model/cron.ts";
import { secondsOf } from "../model/duration.ts";
import { unknownTimeZone } from "../model/schedule.ts";
import { parseSelection } from "../model/selectionSyntax.ts";
import { isTimeZone } from "../model/timeZone.ts";
import { literalElements, literalFields, literalNumber, literalText } from "./literals.ts";
import type { Reading } from "./readValue.ts";
import type { Expression } from "./syntax.ts";

type Written = Expression | null | undefined;
type Option = (name: string) => Written;

/**
 * Says what is certainly wrong with the literals of a sensor or a schedule, each where it is written. What is
 * computed is left to the loaded definitions, and so is what an option as a whole must be.
 */
export function checkAutomation(
  maker: string,
  { subject, name, nameAt }: { subject: string; name: string; nameAt: Expression },
  option: Option,
  reading: Reading,
): void {
  if (!isAutomationName(name)) {
    tell(
      reading,
      nameAt,
      `"${name}" is no name. Write letters, digits, "_", "-" and ".", such as "new_orders".`,
    );
  }
  checkDuration(option("every"), `"every" of ${subject}`, reading, 1);
  checkSelection(option("selection"), reading);
  checkAssets(option("assets"), subject, reading);
  switch (maker) {
    case "schedule":
      checkCrons(option("cron"), option("timezone"), reading);
      break;
    case "assetSensor":
      nameAsset(option("asset"), `The asset that ${subject} waits for`, reading);
      break;
    case "runStatusSensor":
      checkStatus(option("status"), subject, reading);
      break;
    case "fileSensor":
      checkFiles(option("files"), subject, reading);
      checkDuration(option("settle"), `"settle" of ${subject}`, reading, 0);
      break;
    case "postgresNotifySensor":
      checkVariable(option("database"), `"database" of ${subject}`, '{ env: "ORDERS_URL" }', reading);
      break;
    case "webhook":
      checkVariable(option("token"), `"token" of ${subject}`, '{ env: "PUSHED_TOKEN" }', reading);
  }
}

/** The same for what makes a condition or a policy of freshness. */
export function checkRule(sdkName: string, [first, second]: readonly Expression[], reading: Reading): void {
  const option = (name: string) => literalFields(second, reading.constants)?.fields.get(name)?.value;
  switch (sdkName) {
    case "onCron":
    case "cronTickPassed":
    case "allDepsUpdatedSinceCron":
      checkCrons(first, option("timezone"), reading);
      break;
    case "freshBy":
      checkCrons(first, option("timezone"), reading);
      checkDuration(option("lowerBound"), '"lowerBound" of freshBy()', reading, 60);
      break;
    case "freshWithin":
      checkDuration(first, "The time of freshWithin()", reading, 60);
      checkDuration(option("warn"), '"warn" of freshWithin()', reading, 60);
      break;
    case "inLatestTimeWindow":
      checkDuration(first, "The lookback of inLatestTimeWindow()", reading, 0);
      break;
    case "assetMatches":
      nameAsset(first, "The asset that assetMatches() asks about", reading);
  }
}

function checkCrons(written: Written, timezone: Written, reading: Reading): void {
  const { constants } = reading;
  const elements = literalElements(written, constants) ?? (written ? [written] : []);
  for (const element of elements) {
    const text = literalText(element, constants);
    const parsed = text === null ? null : parseCron(text);
    if (parsed && "error" in parsed) tell(reading, element, parsed.error);
  }
  const zone = literalText(timezone, constants);
  if (timezone && zone !== null && !isTimeZone(zone)) tell(reading, timezone, unknownTimeZone(zone));
}

function checkDuration(written: Written, subject: string, reading: Reading, least: number): void {
  if (!written) return;
  const text = literalText(written, reading.constants);
  const value = text ?? literalNumber(written, reading.constants);
  if (value === null) return;
  const seconds = secondsOf(value);
  const said = JSON.stringify(value);
  if (seconds === null)
    tell(reading, written, `${subject} is ${said}. Write a time such as "30 s" or "24 h".`);
  else if (seconds < least) {
    tell(reading, written, `${subject} is ${said}. Write ${least} s or more.`);
  }
}

function checkSelection(written: Written, reading: Reading): void {
  const text = literalText(written, reading.constants);
  if (!written || text === null) return;
  for (const { message } of parseSelection(text).problems) tell(reading, written, message);
}

function checkAssets(written: Written, subject: string, reading: Reading): void {
  for (const element of literalElements(written, reading.constants) ?? []) {
    nameAsset(element, `An asset of ${subject}`, reading);
  }
}

/** A key that is written as a text: whether anything has it, is known when all files are seen together. */
function nameAsset(written: Written, who: string, reading: Reading): void {
  const key = literalText(written, reading.constants);
  if (!written || key === null) return;
  const parsed = parseAssetKey(key);
  if ("error" in parsed) tell(reading, written, parsed.error);
  else reading.namedKeys.push({ key: parsed.key, who, range: reading.lines.range(written) });
}

function checkStatus(written: Written, subject: string, reading: Reading): void {
  const { constants } = reading;
  for (const element of literalElements(written, constants) ?? (written ? [written] : [])) {
    const status = literalText(element, constants);
    if (status === null || ["succeeded", "failed", "canceled"].includes(status)) continue;
    const advice = 'Write "succeeded", "failed", "canceled", or several of them.';
    tell(reading, element, `"status" of ${subject} is "${status}". ${advice}`);
  }
}

function checkFiles(written: Written, subject: string, reading: Reading): void {
  const { constants } = reading;
  for (const element of literalElements(written, constants) ?? (written ? [written] : [])) {
    const pattern = literalText(element, constants);
    if (pattern === null || !(pattern.startsWith("/") || pattern.split(/[\\/]/).includes(".."))) continue;
    const advice = 'Write it relative to the root: "incoming/*.csv".';
    tell(reading, element, `"files" of ${subject} leads out of the workspace. ${advice}`);
  }
}

/** A secret in the text is not repeated. */
function checkVariable(written: Written, subject: string, example: string, reading: Reading): void {
  if (!written || literalText(written, reading.constants) === null) return;
  tell(reading, written, `${subject} names no environment variable. Write ${example}.`);
}

function tell({ file, lines, problems }: Reading, at: Expression, message: string): void {
  problems.push({ file, ...lines.position(at.start ?? 0), severity: "error", message });
}
