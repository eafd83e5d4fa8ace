import type { Expression as BabelExpression, File } from "@babel/parser";

/** The syntax tree as the parser hands it over. */
export type Program = File["program"];
export type Statement = Program["body"][number];
export type Expression = BabelExpression;
export type Call = Extract<Expression, { type: "CallExpression" }>;
export type ObjectLiteral = Extract<Expression, { type: "ObjectExpression" }>;

/** What every node has: its type, and the offsets between which it is written. */
export interface Placed {
  readonly type: string;
  readonly start?: number | null;
  readonly end?: number | null;
}

/** The expression under TypeScript's annotations: `x as T`, `x satisfies T`, `x!`, `<T>x`. */
export function withoutTypes(expression: Expression): Expression {
  let bare = expression;
  for (;;) {
    switch (bare.type) {
      case "TSAsExpression":
      case "TSSatisfiesExpression":
      case "TSNonNullExpression":
      case "TSTypeAssertion":
      case "TSInstantiationExpression":
      case "ParenthesizedExpression":
        bare = bare.expression;
        break;
      default:
        return bare;
    }
  }
}

/** `a`, `a.b`, `a.b.c` as a list of names; null for anything else. */
export function dottedNames(expression: Expression): string[] | null {
  const names: string[] = [];
  let node = withoutTypes(expression);
  while (node.type === "MemberExpression" && !node.computed && node.property.type === "Identifier") {
    names.unshift(node.property.name);
    if (node.object.type === "Super") return null;
    node = withoutTypes(node.object);
  }
  if (node.type !== "Identifier") return null;
  names.unshift(node.name);
  return names;
}
