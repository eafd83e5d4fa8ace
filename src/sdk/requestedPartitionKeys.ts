import { sensorLimits } from "../model/sensorTick.ts";
import { type DynamicKeyChanges, keysToAdd, keysToRemove } from "./dynamicPartitions.ts";
import type { RequestedPartitionKeys } from "./sensorContext.ts";

/** Gathers which keys of dynamic partitions a tick adds and removes; what is said last of a key counts. */
export function requestedPartitionKeys(): {
  partitions: RequestedPartitionKeys;
  changes(): Record<string, { add: string[]; remove: string[] }>;
} {
  const byName = new Map<string, Map<string, "add" | "remove">>();
  let count = 0;
  const note = (name: string, keys: readonly string[], change: keyof DynamicKeyChanges) => {
    count += keys.length;
    if (count > sensorLimits.keys) {
      throw new RangeError(
        `It changes more than ${sensorLimits.keys} partition keys at one tick. Change the first of them, and set the cursor to go on at the next tick.`,
      );
    }
    const noted = byName.get(name) ?? new Map();
    for (const key of keys) noted.set(key, change);
    byName.set(name, noted);
  };
  return {
    partitions: {
      add(partitions, written) {
        const { name, keys } = keysToAdd(partitions, written);
        note(name, keys, "add");
      },
      remove(partitions, written) {
        const { name, keys } = keysToRemove(partitions, written);
        note(name, keys, "remove");
      },
    },
    changes: () =>
      Object.fromEntries(
        [...byName].map(([name, noted]) => {
          const of = (change: string) => [...noted].filter(it => it[1] === change).map(it => it[0]);
          return [name, { add: of("add"), remove: of("remove") }];
        }),
      ),
  };
}
