import { faultOfKey } from "../model/definePartitions.ts";
import { inWords } from "./inWords.ts";
import { isListOfTexts } from "./labels.ts";
import { isPartitions, type Partitions } from "./partitions.ts";

/** Adds and removes the keys of dynamic partitions: `context.partitions.add(customers, newIds)`. */
export interface DynamicPartitionKeys {
  /** Adds keys behind those that are there; a key that is there already stays where it is. Resolves when they exist. */
  add(partitions: string | Partitions, keys: string | readonly string[]): Promise<void>;
  /** Removes keys, as far as they are there. What was materialized of them stays. */
  remove(partitions: string | Partitions, keys: string | readonly string[]): Promise<void>;
}

/** What is to change under a name. */
export interface DynamicKeyChanges {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
}

/** What `context.partitions` is: says what is wrong with a name or a key before anything changes. */
export function dynamicPartitionKeys(
  change: (name: string, changes: DynamicKeyChanges) => Promise<void>,
): DynamicPartitionKeys {
  return {
    async add(partitions, written) {
      const { name, keys } = keysToAdd(partitions, written);
      if (keys.length > 0) await change(name, { add: keys });
    },
    async remove(partitions, written) {
      const { name, keys } = keysToRemove(partitions, written);
      if (keys.length > 0) await change(name, { remove: keys });
    },
  };
}

/** What is to be added, and under which name; throws what is wrong with it. */
export function keysToAdd(partitions: unknown, written: unknown): { name: string; keys: readonly string[] } {
  const keys = keysIn(written, "add");
  const fault = keys.map(faultOfKey).find(it => it !== null);
  if (fault) throw new TypeError(`${fault.what}. ${fault.whatToDo}`);
  return { name: nameOf(partitions, "add"), keys };
}

/** What is to be removed, and under which name. */
export function keysToRemove(
  partitions: unknown,
  written: unknown,
): { name: string; keys: readonly string[] } {
  const keys = keysIn(written, "remove");
  return { name: nameOf(partitions, "remove"), keys };
}

function keysIn(keys: unknown, verb: string): readonly string[] {
  if (typeof keys === "string") return [keys];
  if (isListOfTexts(keys)) return keys;
  throw new TypeError(
    `partitions.${verb} is given ${inWords(keys)} as keys. Write partitions.${verb}("customers", ["ada", "grace"]).`,
  );
}

function nameOf(partitions: unknown, verb: string): string {
  if (isPartitions(partitions) && partitions.kind === "dynamic") return partitions.name;
  if (typeof partitions === "string" && partitions.trim() !== "") return partitions;
  const found = isPartitions(partitions) ? `${partitions.kind} partitions` : inWords(partitions);
  throw new TypeError(
    `partitions.${verb} is given ${found}, whose keys do not change. Name dynamicPartitions("customers").`,
  );
}
