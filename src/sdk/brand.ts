/** Every definition carries this brand: two copies of the SDK meet, and `instanceof` would fail. */
export const brand: unique symbol = Symbol.for("millrace.definition") as never;

export function isBranded(value: unknown, kind: string): boolean {
  return typeof value === "object" && value !== null && (value as { [brand]?: unknown })[brand] === kind;
}
