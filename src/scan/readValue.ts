import type { Problem } from "../model/problem.ts";
import { checkRule } from "./automationFaults.ts";
import { changedCondition, conditionOfCall, freshnessOfCall } from "./automationInWords.ts";
import { checkNames } from "./checkNames.ts";
import { checkPartitions } from "./definitionFaults.ts";
import type { NamedKey, ScannedAutomation, ScannedDefinition, Value } from "./fileScan.ts";
import type { Lines } from "./lines.ts";
import { type Constants, kindOfLiteral, literalFields, literalText } from "./literals.ts";
import { partitionsInWords } from "./partitionsInWords.ts";
import { isAutomationMaker, readAutomation } from "./readAutomation.ts";
import { readDefinition } from "./readDefinition.ts";
import { type SdkNames, sdkNameOf } from "./sdkNames.ts";
import { type Call, dottedNames, type Expression, type Placed, withoutTypes } from "./syntax.ts";

/** One file while it is being read. */
export interface Reading {
  readonly file: string;
  readonly sdk: SdkNames;
  readonly lines: Lines;
  readonly constants: Constants;
  /** Grows as expressions are read. */
  readonly definitions: ScannedDefinition[];
  readonly automations: ScannedAutomation[];
  readonly namedKeys: NamedKey[];
  readonly problems: Problem[];
  /** Each call is read once, however often a constant is looked through. */
  readonly calls: Map<Call, Value>;
}

/** Who holds an expression's value, and the statement (or field) that it stands in. */
export interface Holder {
  readonly variable: string | null;
  readonly place: Placed;
}

/** What an expression stands for; the definitions inside it are read on the way. */
export function readValue(expression: Expression, reading: Reading, holder?: Holder): Value {
  const bare = withoutTypes(expression);
  switch (bare.type) {
    case "CallExpression": {
      const known = reading.calls.get(bare);
      if (known !== undefined) return known;
      const value = readCall(bare, reading, holder ?? { variable: null, place: bare });
      reading.calls.set(bare, value);
      return value;
    }
    case "Identifier":
      return sdkValue(bare, reading) ?? { is: "name", path: [bare.name] };
    case "MemberExpression": {
      const sdk = sdkValue(bare, reading);
      const path = dottedNames(bare);
      return sdk ?? (path === null ? computed : { is: "name", path });
    }
    case "ObjectExpression":
      return readMembers(bare, reading);
    case "ArrayExpression":
      for (const element of bare.elements) {
        if (element !== null)
          readInside(element.type === "SpreadElement" ? element.argument : element, reading);
      }
      return { is: "other", what: "an array" };
    case "ConditionalExpression":
      readInside(bare.consequent, reading);
      readInside(bare.alternate, reading);
      return computed;
    case "LogicalExpression":
      readInside(bare.left as Expression, reading);
      readInside(bare.right, reading);
      return computed;
    case "AwaitExpression":
      readInside(bare.argument, reading);
      return computed;
    case "AssignmentExpression":
      return readValue(bare.right, reading, holder);
    case "SequenceExpression":
      for (const each of bare.expressions) readInside(each, reading);
      return computed;
    default:
      return literalOrComputed(bare);
  }
}

const computed: Value = { is: "computed" };

function literalOrComputed(expression: Expression): Value {
  const what = kindOfLiteral(expression);
  return what === null ? computed : { is: "other", what };
}

/** For what it defines, whatever becomes of its value. */
function readInside(expression: Expression, reading: Reading) {
  readValue(expression, reading, { variable: null, place: expression });
}

/** What the SDK exports and is no call: only `self` can be needed by an asset. */
function sdkValue(expression: Expression, { sdk }: Reading): Value | null {
  const name = sdkNameOf(expression, sdk);
  if (name === null) return null;
  return name === "self" ? { is: "self" } : { is: "other", what: `Millrace's ${name}` };
}

function readCall(call: Call, reading: Reading, holder: Holder): Value {
  const { callee } = call;
  if (callee.type === "Super" || callee.type === "Import" || callee.type === "V8IntrinsicIdentifier")
    return computed;
  const args: Expression[] = [];
  for (const it of call.arguments) {
    if (it.type === "SpreadElement") args.push(it.argument);
    else if (it.type !== "ArgumentPlaceholder") args.push(it);
  }
  const sdkName = sdkNameOf(callee, reading.sdk);
  if (sdkName !== null) return readSdkCall(sdkName, call, args, reading, holder);

  if (callee.type === "MemberExpression" && callee.object.type !== "Super") {
    const of = readValue(callee.object, reading, holder);
    if (of.is === "definition" && isNamed(callee.property, "checks")) {
      addChecks(of.index, args[0], reading);
    } else readArguments(args, reading);
    const { property } = callee;
    return of.is === "condition" && property.type === "Identifier"
      ? { is: "condition", words: changedCondition(of.words, property.name, args, reading.constants) }
      : { is: "call", of };
  }
  readArguments(args, reading);
  return computed;
}

function readSdkCall(name: string, call: Call, args: Expression[], reading: Reading, holder: Holder): Value {
  switch (name) {
    case "asset":
    case "sqlAsset":
    case "commandAsset":
    case "source":
      return readDefinition(name, call, args, reading, holder);
    case "dbtModel": {
      const name = literalText(args[0], reading.constants);
      const version = dbtVersion(literalFields(args[1], reading.constants)?.fields.get("version")?.value);
      return name === null ? computed : { is: "dbtModel", name, version };
    }
    case "stream":
      return args[0] ? { is: "call", of: readValue(args[0], reading) } : computed;
  }
  if (isAutomationMaker(name)) return readAutomation(name, call, args, reading, holder);
  if (name.endsWith("Partitions")) {
    checkPartitions(name, call, args, reading);
    // Dimensions are partitions by themselves.
    readArguments(args, reading);
    return { is: "partitions", words: partitionsInWords(name, call, reading.constants) };
  }
  readArguments(args, reading);
  checkRule(name, args, reading);
  const condition = conditionOfCall(name, args, reading.constants);
  if (condition !== null) return { is: "condition", words: condition };
  const freshness = freshnessOfCall(name, args, reading.constants);
  return freshness === null ? computed : { is: "freshness", words: freshness };
}

function dbtVersion(expression: Expression | null | undefined): string | null {
  if (expression?.type === "NumericLiteral") return String(expression.value);
  return expression?.type === "StringLiteral" ? expression.value : null;
}

/** A wrapper such as `exportAll([asset(…)])` does not hide what it is given. */
function readArguments(args: readonly Expression[], reading: Reading) {
  for (const argument of args) readValue(argument, reading);
}

function readMembers(object: Extract<Expression, { type: "ObjectExpression" }>, reading: Reading): Value {
  const of: [string, Value][] = [];
  for (const property of object.properties) {
    if (property.type === "SpreadElement") readValue(property.argument, reading);
    if (property.type !== "ObjectProperty") continue;
    const { key } = property;
    const value = readValue(property.value as Expression, reading, { variable: null, place: property });
    if (property.computed) continue;
    if (key.type === "Identifier") of.push([key.name, value]);
    if (key.type === "StringLiteral") of.push([key.value, value]);
  }
  return { is: "members", of };
}

function addChecks(index: number, argument: Expression | undefined, reading: Reading) {
  const definition = reading.definitions[index];
  if (definition === undefined) return;
  const checks = [...definition.checks, ...checkNames(argument, reading.constants)];
  reading.definitions[index] = { ...definition, checks };
}

function isNamed(node: Placed & { name?: unknown }, name: string) {
  return node.type === "Identifier" && node.name === name;
}
