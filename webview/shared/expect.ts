/** A message of the host that is not in the form we know is refused, with its place and what to send. */
export function expectRecord(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new TypeError(`${what} is ${nameOf(value)}; send an object.`);
}

/** A list, or a refusal. */
export function expectList(value: unknown, what: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new TypeError(`${what} is ${nameOf(value)}; send a list.`);
}

/** A text that is not empty, or a refusal. */
export function expectText(value: unknown, what: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw new TypeError(`${what} is ${value === "" ? "empty" : nameOf(value)}; send a text.`);
}

/** One of some names, or a refusal. */
export function expectOneOf(value: unknown, allowed: readonly string[], what: string): void {
  if (typeof value === "string" && allowed.includes(value)) return;
  throw new TypeError(
    `${what} is ${JSON.stringify(value) ?? nameOf(value)}; send one of ${allowed.join(", ")}.`,
  );
}

/** A whole number from 0 on, or a refusal. */
export function expectCount(value: unknown, what: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new TypeError(`${what} is ${String(value)}; send a whole number from 0 on.`);
}

function nameOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "a list" : typeof value;
}
