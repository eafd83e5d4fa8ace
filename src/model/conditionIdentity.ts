import { type Condition, partsOf } from "./condition.ts";
import { digestOf } from "./textDigest.ts";

/**
 * The name under which a part of a condition is remembered: its label, or else a digest of what it says.
 * Where it stands does not matter, so that editing one part of a condition leaves the memory of the others alone.
 */
export function memoryIdOf(condition: Condition): string {
  const known = ids.get(condition);
  if (known !== undefined) return known;
  const id = condition.label === undefined ? digestOf(saysOf(condition)) : `"${condition.label}"`;
  ids.set(condition, id);
  return id;
}

/** Whether a part has a memory of its own. */
export function remembers({ kind }: Condition): boolean {
  return kind === "since" || kind === "newlyTrue" || kind === "codeVersionChanged";
}

/** A text that is the same for two conditions exactly when they say the same, whatever they are called. */
export function saysOf(condition: Condition): string {
  const known = texts.get(condition);
  if (known !== undefined) return known;
  const parts = partsOf(condition).map(saysOf);
  const own = Object.entries(condition)
    .filter(([name]) => !["label", "of", "trigger", "reset"].includes(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}:${JSON.stringify(value)}`);
  const text = `{${[...own, ...parts].join(",")}}`;
  texts.set(condition, text);
  return text;
}

const ids = new WeakMap<Condition, string>();
const texts = new WeakMap<Condition, string>();
