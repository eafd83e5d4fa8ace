import {
  type SelectionAttribute,
  type SelectionProblem,
  type SelectionTerm,
  selectionAttributes,
} from "./selection.ts";
import { isReserved, type SelectionToken } from "./selectionTokens.ts";
import { didYouMean } from "./suggest.ts";

/** The term that begins at `tokens[position]`, and the position behind it; or why none begins there. */
export function readTerm(
  tokens: readonly SelectionToken[],
  position: number,
): { term: SelectionTerm; position: number } | SelectionProblem {
  const token = tokens[position] as SelectionToken;
  const following = tokens[position + 1]?.kind;
  if (token.kind === "word" && following === ":") return readAttribute(tokens, position);
  if (token.kind === "word" && following === "(") {
    return problemAt(
      token,
      `There is no function "${token.text}".${didYouMean(token.text, ["roots", "sinks"])}`,
    );
  }
  const isName = token.kind === "word" || token.kind === "quoted" || token.kind === "digits";
  if (!isName || (token.kind === "word" && isReserved(token.text))) return noTerm(token);
  if (token.kind === "word" && token.text.includes("*")) {
    return problemAt(token, `A bare name is one whole key. A pattern is written key:"${token.text}".`);
  }
  return { term: termOf("key", token.text, null, true, token, token), position: position + 1 };
}

/** A problem where a token stands. */
export function problemAt({ at, length }: SelectionToken, message: string): SelectionProblem {
  return { at, length, message };
}

function readAttribute(tokens: readonly SelectionToken[], position: number) {
  const name = tokens[position] as SelectionToken;
  const attribute = selectionAttributes.find(it => it === name.text);
  if (attribute === undefined) return noAttribute(name);

  const value = tokens[position + 2] as SelectionToken;
  const wrong = wrongValue(attribute, value, tokens[position + 3]);
  if (wrong !== null) return wrong;
  const written = value.kind === "null" ? null : value.text;
  if (attribute !== "tag" || tokens[position + 3]?.kind !== "=") {
    const tagValue = attribute === "tag" ? "" : null;
    return { term: termOf(attribute, written, tagValue, false, name, value), position: position + 3 };
  }

  const right = tokens[position + 4] as SelectionToken;
  const wrongRight = wrongValue(attribute, right, tokens[position + 5]);
  if (wrongRight !== null) return wrongRight;
  const tagValue = right.kind === "null" ? null : right.text;
  return { term: termOf(attribute, written, tagValue, false, name, right), position: position + 5 };
}

function termOf(
  attribute: SelectionAttribute,
  value: string | null,
  tagValue: string | null,
  bare: boolean,
  { at }: SelectionToken,
  last: SelectionToken,
): SelectionTerm {
  return { op: "term", attribute, value, tagValue, bare, at, length: last.at + last.length - at };
}

/** What is wrong with a value; a colon behind it shows that it should have been quoted as a whole. */
function wrongValue(
  attribute: SelectionAttribute,
  value: SelectionToken,
  following: SelectionToken | undefined,
): SelectionProblem | null {
  if (value.kind === "quoted" && value.text !== "") return null;
  const prefix = `${attribute}:`;
  if (value.kind === "quoted") {
    return attribute === "tag" ? null : problemAt(value, `${prefix}"" names nothing. Write a name.`);
  }
  if (value.kind === "null") {
    return attribute === "key" || attribute === "is"
      ? problemAt(value, `${prefix} always has a value, so ${prefix}<null> selects nothing.`)
      : null;
  }
  if (value.kind === "*" && attribute === "key") {
    return problemAt(value, 'All assets are written * alone, or key:"*".');
  }
  if (!["word", "digits", "*"].includes(value.kind)) {
    return problemAt(value, `After ${prefix} comes a name, such as ${prefix}${examples[attribute]}.`);
  }
  const pattern = attribute === "key" ? unquotedKey : attribute === "state" ? unquotedState : unquotedValue;
  const isPlain = pattern.test(value.text) && !isReserved(value.text) && !keywords.has(value.text);
  if (isPlain && following?.kind !== ":") return null;
  const whole = following?.kind === ":" ? `${value.text}:…` : value.text;
  return problemAt(value, `This value needs quotes: ${prefix}"${whole}".`);
}

const unquotedKey = /^[\p{L}_*][\p{L}\p{N}\p{M}_*/]*$/u;
/** As dbt writes it: state:modified.body. */
const unquotedState = /^[a-z_]+(\.[a-z_]+)?$/;
const unquotedValue = /^[\p{L}_][\p{L}\p{N}\p{M}_/]*$/u;

const examples: Record<SelectionAttribute, string> = {
  key: "orders",
  tag: "tier=gold",
  owner: '"team:data"',
  group: "weather",
  kind: "dbt",
  is: "external",
  partitions: "daily",
  state: "modified",
};

/** Known elsewhere for what is not stored here; naming them tells a mistake from a wish. */
const unsupportedAttributes = [
  "code_location",
  "status",
  "column",
  "table_name",
  "column_tag",
  "changed_in_branch",
  "automation_type",
  "not_materialized_in_hours",
];

/** Also attributes, but words that are usual as values too. */
const unsupportedButPlain = ["sensor", "schedule", "job"];

const keywords = new Set<string>([...selectionAttributes, ...unsupportedAttributes, "roots", "sinks"]);

function noAttribute(name: SelectionToken): SelectionProblem {
  const supported = selectionAttributes.map(it => `${it}:`).join(", ");
  if ([...unsupportedAttributes, ...unsupportedButPlain].includes(name.text)) {
    return problemAt(
      name,
      `Assets cannot be selected by ${name.text} here. What can be asked is ${supported}.`,
    );
  }
  const advice = didYouMean(name.text, selectionAttributes) || ` What can be asked is ${supported}.`;
  return problemAt(
    name,
    `There is no attribute "${name.text}".${advice} A key that holds ":" is quoted: key:"…".`,
  );
}

function noTerm(token: SelectionToken): SelectionProblem {
  switch (token.kind) {
    case "end":
      return problemAt(token, "The selection ends where an asset is expected.");
    case ")":
      return problemAt(token, 'Before this ")" an asset is expected.');
    case "+":
      return problemAt(token, 'One "+" follows all levels; two levels are written 2+key:"…".');
    case "*":
      return problemAt(token, '"+" and "*" do not combine. Write +(*).');
    default:
      return problemAt(token, `An asset is expected here, not "${token.text}".`);
  }
}
