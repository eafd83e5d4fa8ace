import { type Constants, literalElements, literalFields, literalText, literalTexts } from "./literals.ts";
import { type Expression, withoutTypes } from "./syntax.ts";

/** The names of checks as far as they are literal: `{ name: "plausible" }`, `notNull("city")`. */
export function checkNames(expression: Expression | null | undefined, constants: Constants): string[] {
  return checkList(expression, constants).flatMap(check => checkName(check, constants) ?? []);
}

/** An array of checks, one check, or a function that answers either. */
function checkList(expression: Expression | null | undefined, constants: Constants): Expression[] {
  if (!expression) return [];
  const bare = withoutTypes(expression);
  if (bare.type === "ArrowFunctionExpression" && bare.body.type !== "BlockStatement") {
    return checkList(bare.body, constants);
  }
  return literalElements(bare, constants) ?? [bare];
}

function checkName(expression: Expression, constants: Constants): string | null {
  const fields = literalFields(expression, constants);
  if (fields !== null) return literalText(fields.fields.get("name")?.value, constants);

  const check = withoutTypes(expression);
  if (check.type !== "CallExpression") return null;
  const called = check.callee.type === "MemberExpression" ? check.callee.property : check.callee;
  const first = check.arguments[0];
  if (called.type !== "Identifier" || !first) return null;
  if (first.type === "SpreadElement" || first.type === "ArgumentPlaceholder") return null;
  const text = literalText(first, constants);
  // The SDK calls a check of columns by its call; `rows` and `sql` of the builder are given a name.
  if (called.name === "rows" || called.name === "sql") return text;
  const columns = text === null ? literalTexts(first, constants) : [text];
  return columns.length === 0 ? null : `${called.name}(${columns.join(", ")})`;
}
