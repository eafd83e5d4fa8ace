import { parseAssetKey } from "../model/assetKey.ts";
import { checkNames } from "./checkNames.ts";
import { checkOptions } from "./definitionFaults.ts";
import type { ScannedDefinition, ScannedReference, Value } from "./fileScan.ts";
import { kindOfLiteral, literalElements, literalFields, literalText, literalTexts } from "./literals.ts";
import { type Holder, type Reading, readValue } from "./readValue.ts";
import { type Call, type Expression, type Placed, withoutTypes } from "./syntax.ts";

/** Reads `asset(key, options)` or `source(key, options)`; without a literal key there is nothing to show. */
export function readDefinition(
  definer: "asset" | "sqlAsset" | "commandAsset" | "source",
  call: Call,
  [keyArgument, optionsArgument]: Expression[],
  reading: Reading,
  holder: Holder,
): Value {
  const { constants, lines } = reading;
  const kind = definer === "source" ? "source" : "asset";
  const text = literalText(keyArgument, constants);
  const wrongKey = otherThan("a string", keyArgument);
  if (text === null && keyArgument && wrongKey) {
    const example = kind === "source" ? 'source("raw.orders")' : `${definer}("raw/orders", { … })`;
    tell(reading, keyArgument, "error", `The key of this ${kind} is ${wrongKey}. Write ${example}.`);
    return { is: "computed" };
  }
  if (text === null) {
    tell(
      reading,
      keyArgument ?? call,
      "info",
      `The key of this ${kind} is computed, so the scan leaves it out. ${decided}`,
    );
    return { is: "computed" };
  }
  const parsed = kind === "source" ? sourceKey(text) : parseAssetKey(text);
  if ("error" in parsed) {
    tell(reading, keyArgument ?? call, "error", parsed.error);
    return { is: "computed" };
  }

  const options = literalFields(optionsArgument, constants);
  const wrongOptions = otherThan("an object", optionsArgument);
  if (optionsArgument && wrongOptions) {
    const example = `${definer}("${text}", { ${definer === "asset" ? "materialize: () => rows" : "…"} })`;
    tell(
      reading,
      optionsArgument,
      "error",
      `The options of "${text}" are ${wrongOptions}. Write ${example}.`,
    );
  } else if (optionsArgument && options === null) {
    tell(
      reading,
      optionsArgument,
      "info",
      `The options of "${text}" are computed, so its inputs are left out. ${decided}`,
    );
  }
  if (definer !== "commandAsset") checkOptions(definer, `${kind} "${text}"`, options, reading);
  const option = (name: string) => options?.fields.get(name)?.value;
  // The place in the list is taken before the inputs are read: they may declare sources of their own.
  const index = reading.definitions.length;
  const definition: Draft = {
    kind,
    key: parsed.key,
    variable: holder.variable,
    statement: lines.range(holder.place),
    keyRange: lines.range(keyArgument ?? call),
    group: literalText(option("group"), constants),
    description: literalText(option("description"), constants),
    tags: literalTags(option("tags"), reading),
    owners: literalTexts(option("owners"), constants),
    kinds: literalTexts(option("kinds"), constants),
    partitions: null,
    automation: null,
    automationAt: placeOf(options?.fields.get("automation")?.name, lines),
    freshness: null,
    table: tableOf(option("io"), constants),
    checks: checkNames(option("checks"), constants),
    inputs: [],
    deps: [],
  };
  reading.definitions.push(definition);
  for (const name of ["partitions", "automation", "freshness"] as const) {
    const written = option(name);
    if (written) definition[name] = readValue(written, reading);
  }
  definition.inputs = readInputs(option("inputs"), reading);
  definition.deps = readDeps(option("deps"), reading);
  return { is: "definition", index };
}

/** What a literal is instead of what it must be; null for whatever may be right. */
function otherThan(right: string, expression: Expression | undefined): string | null {
  const kind = expression ? kindOfLiteral(expression) : null;
  return kind === right ? null : kind;
}

function placeOf(name: Placed | undefined, lines: Reading["lines"]) {
  return name === undefined ? null : lines.position(name.start ?? 0);
}

type Draft = { -readonly [Field in keyof ScannedDefinition]: ScannedDefinition[Field] };

const decided = "The loaded definitions will decide; write it as a literal to see it here.";

/** A table's schema and name are the components of its key, as they are for a table of ours. */
function sourceKey(relation: string): ReturnType<typeof parseAssetKey> {
  const [schema = "", table = "", ...more] = relation.split(".");
  if (schema.trim() !== "" && table.trim() !== "" && more.length === 0) {
    return parseAssetKey(`${schema}/${table}`);
  }
  const meant = more.length === 0 && (table || schema) ? `public.${table || schema}` : "public.orders";
  return { error: `"${relation}" names no table. Write schema and table: source("${meant}").` };
}

/** Without `io` it is a table with the names of the key; any other `io` than `postgresTable` is somewhere else. */
function tableOf(
  io: Expression | null | undefined,
  constants: Reading["constants"],
): ScannedDefinition["table"] {
  if (io === undefined) return { schema: null, name: null };
  const call = io && withoutTypes(io);
  if (call?.type !== "CallExpression" || call.callee.type !== "Identifier") return null;
  const [first] = call.arguments;
  if (call.callee.name !== "postgresTable" || first?.type === "SpreadElement") return null;
  const fields = first?.type === "ArgumentPlaceholder" ? null : literalFields(first, constants);
  const text = (name: string) => literalText(fields?.fields.get(name)?.value, constants);
  return { schema: text("schema"), name: text("table") };
}

function literalTags(expression: Expression | null | undefined, { constants }: Reading) {
  const tags: Record<string, string> = {};
  for (const [name, { value }] of literalFields(expression, constants)?.fields ?? []) {
    const text = literalText(value, constants);
    if (text !== null && name !== "__proto__") tags[name] = text;
  }
  return tags;
}

function readInputs(expression: Expression | null | undefined, reading: Reading): ScannedReference[] {
  if (!expression) return [];
  const inputs = literalFields(expression, reading.constants);
  const wrong = otherThan("an object", expression);
  if (wrong) {
    tell(
      reading,
      expression,
      "error",
      `These inputs are ${wrong}. Write them by name: inputs: { readings }.`,
    );
    return [];
  }
  if (inputs === null) {
    tell(reading, expression, "info", `These inputs are computed, so their edges are left out. ${decided}`);
    return [];
  }
  for (const place of inputs.unknown) {
    tell(
      reading,
      place,
      "info",
      `What this adds to the inputs is computed, so its edges are left out. ${decided}`,
    );
  }
  return [...inputs.fields].flatMap(([name, { value }]) =>
    value === null ? [] : [{ name, value: readValue(value, reading), range: reading.lines.range(value) }],
  );
}

function readDeps(expression: Expression | null | undefined, reading: Reading): ScannedReference[] {
  if (!expression) return [];
  const { constants, lines } = reading;
  const deps = literalElements(expression, constants);
  const bare = withoutTypes(expression);
  const isWhole = bare.type !== "ArrayExpression" || bare.elements.every(it => it?.type !== "SpreadElement");
  if (deps === null || !isWhole) {
    tell(
      reading,
      expression,
      "info",
      `Some of these deps are computed, so their edges are left out. ${decided}`,
    );
  }
  return (deps ?? []).map(element => {
    const key = literalText(element, constants);
    const value: Value = key === null ? readValue(element, reading) : { is: "key", key };
    return { name: null, value, range: lines.range(element) };
  });
}

function tell(reading: Reading, node: Placed, severity: "error" | "info", message: string) {
  const { file, lines, problems } = reading;
  problems.push({ file, ...lines.position(node.start ?? 0), severity, message });
}
