import { type Constants, literalFields, literalText, literalTexts } from "./literals.ts";
import type { Call } from "./syntax.ts";

/** A partitions definition as one reads it: "daily from 2026-01-01", "static: berlin, paris". */
export function partitionsInWords(sdkName: string, call: Call, constants: Constants): string {
  const [first] = call.arguments;
  const argument = first?.type === "SpreadElement" || first?.type === "ArgumentPlaceholder" ? null : first;
  const kind = kindInWords(sdkName);
  const fields = literalFields(argument, constants);
  if (fields === null) {
    const name = literalText(argument, constants);
    return name === null ? listInWords(kind, literalTexts(argument, constants)) : `${kind}: ${name}`;
  }

  const text = (name: string) => literalText(fields.fields.get(name)?.value, constants);
  const start = text("start");
  if (start !== null) {
    const end = text("end");
    const zone = text("timezone");
    const until = end === null ? "" : ` to ${end}`;
    const where = zone === null || zone === "UTC" ? "" : `, ${zone}`;
    return `${text("cron") ?? kind} from ${start}${until}${where}`;
  }
  if (kind === "multi") return [...fields.fields.keys()].join(" × ");
  return text("name") === null ? kind : `${kind}: ${text("name")}`;
}

/** `timeWindowPartitions` → "time window". */
function kindInWords(sdkName: string): string {
  const name = sdkName.slice(0, -"Partitions".length);
  return /[A-Z]/.test(name) ? name.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`) : name;
}

function listInWords(kind: string, texts: readonly string[]): string {
  if (texts.length === 0) return kind;
  return texts.length > longestList ? `${kind} (${texts.length})` : `${kind}: ${texts.join(", ")}`;
}

const longestList = 4;
