import { type Expression, type Placed, withoutTypes } from "./syntax.ts";

/** The initialisers of a module's constants, by name. */
export type Constants = ReadonlyMap<string, Expression>;

/** The text of a string literal, a template without expressions, or a constant that holds one. */
export function literalText(expression: Expression | null | undefined, constants: Constants): string | null {
  const bare = expression && literalOf(expression, constants);
  if (bare?.type === "StringLiteral") return bare.value;
  if (bare?.type === "TemplateLiteral" && bare.expressions.length === 0) {
    return bare.quasis[0]?.value.cooked ?? null;
  }
  return null;
}

/** The number of a literal, or of a constant that holds one. */
export function literalNumber(expression: Expression, constants: Constants): number | null {
  const bare = literalOf(expression, constants);
  return bare.type === "NumericLiteral" ? bare.value : null;
}

/** The texts of an array of literals; what is computed is left out. */
export function literalTexts(expression: Expression | null | undefined, constants: Constants): string[] {
  return literalElements(expression, constants)?.flatMap(it => literalText(it, constants) ?? []) ?? [];
}

/** The elements of an array literal; what a spread would add is left out. */
export function literalElements(
  expression: Expression | null | undefined,
  constants: Constants,
): Expression[] | null {
  const bare = expression && literalOf(expression, constants);
  if (bare?.type !== "ArrayExpression") return null;
  return bare.elements.flatMap(it => (it === null || it.type === "SpreadElement" ? [] : [it]));
}

/** An object literal, as far as it is literal. */
export interface LiteralFields {
  /** Null stands for a method. */
  readonly fields: ReadonlyMap<string, { readonly name: Placed; readonly value: Expression | null }>;
  /** Spreads and computed names: what they add is unknown. */
  readonly unknown: readonly Placed[];
}

/** The fields of an object literal, also of those it spreads; null for anything else. */
export function literalFields(
  expression: Expression | null | undefined,
  constants: Constants,
  depth = 0,
): LiteralFields | null {
  const bare = expression && literalOf(expression, constants);
  if (bare?.type !== "ObjectExpression" || depth > deepestSpread) return null;
  const fields = new Map<string, { name: Placed; value: Expression | null }>();
  const unknown: Placed[] = [];
  for (const property of bare.properties) {
    if (property.type === "SpreadElement") {
      const spread = literalFields(property.argument, constants, depth + 1);
      for (const [name, field] of spread?.fields ?? []) fields.set(name, field);
      if (spread === null) unknown.push(property);
      else unknown.push(...spread.unknown);
      continue;
    }
    const name = fieldName(property, constants);
    if (name === null) unknown.push(property);
    else {
      const value = property.type === "ObjectProperty" ? (property.value as Expression) : null;
      fields.set(name, { name: property.key, value });
    }
  }
  return { fields, unknown };
}

/** A constant may spread itself; TypeScript refuses it, the scan only has to end. */
const deepestSpread = 20;

function fieldName(property: { computed?: boolean; key: Placed }, constants: Constants): string | null {
  const key = property.key as Expression;
  if (property.computed) return literalText(key, constants);
  if (key.type === "Identifier") return key.name;
  if (key.type === "StringLiteral") return key.value;
  return key.type === "NumericLiteral" ? String(key.value) : null;
}

/** Follows constants of the same file; a chain that bites its own tail ends. */
function literalOf(expression: Expression, constants: Constants): Expression {
  let bare = withoutTypes(expression);
  for (let steps = 0; bare.type === "Identifier" && steps < 20; steps++) {
    const value = constants.get(bare.name);
    if (value === undefined) break;
    bare = withoutTypes(value);
  }
  return bare;
}

/** What an expression certainly is: "a function"; null when that is computed. */
export function kindOfLiteral(expression: Expression): string | null {
  return kindsOfLiterals[withoutTypes(expression).type] ?? null;
}

const kindsOfLiterals: Readonly<Record<string, string>> = {
  ObjectExpression: "an object",
  ArrayExpression: "an array",
  StringLiteral: "a string",
  TemplateLiteral: "a string",
  NumericLiteral: "a number",
  BigIntLiteral: "a number",
  BooleanLiteral: "a boolean",
  NullLiteral: "null",
  RegExpLiteral: "a regular expression",
  FunctionExpression: "a function",
  ArrowFunctionExpression: "a function",
  ClassExpression: "a class",
};
