import { captureDefinition, DefinitionProblems } from "./definitionError.ts";
import type { InputContext, IoManager, OutputContext, StagedOutput } from "./ioManager.ts";
import { collect } from "./iterable.ts";
import { isRecord } from "./labels.ts";
import { partitionValues } from "./partitionValues.ts";
import type { Row } from "./row.ts";
import type { Slice } from "./slice.ts";

/** Where values go that are not tables of the state database: files, buckets, another database. */
export interface Storage<Value> {
  /**
   * Stores the value; what was there before may be replaced. Iterables of rows arrive as an array.
   * Of an asset with partitions it is called for each of them: `context.slice.keys[0]` is the key.
   */
  store(value: Value, context: OutputContext): Promise<unknown> | unknown;
  /** Answers what `store` stored of `context.asset`, and of one partition of it. Throws when there is nothing. */
  load(context: InputContext): Promise<Value> | Value;
}

/**
 * Makes an I/O manager of two functions. The value is stored first and recorded after: when the process dies
 * in between, the materialization is not recorded. Its assets take checks with `rows`, none in SQL.
 *
 * @example
 * const json = ioManager<unknown>({
 *   store: (value, { asset }) => writeFile(`${asset}.json`, JSON.stringify(value)),
 *   load: async ({ asset }) => JSON.parse(await readFile(`${asset}.json`, "utf8")),
 * });
 */
export function ioManager<Value = unknown>(storage: Storage<Value>): IoManager {
  const problems = new DefinitionProblems(captureDefinition(ioManager));
  for (const name of ["store", "load"] as const) {
    if (typeof storage?.[name] === "function") continue;
    problems.add(`An I/O manager has no function "${name}"`, "Write ioManager({ store, load }).");
  }
  problems.throwIfAny();
  return {
    guarantee: "recorded after",
    stage: async (output, value) => staged(output, (await collect(value)) as Value, storage),
    async load(input) {
      const value = await loadPartitions(input, storage);
      return input.stream ? iterateAll(value) : value;
    },
  };
}

function staged<Value>(output: OutputContext, value: Value, storage: Storage<Value>): StagedOutput {
  return {
    rows: Array.isArray(value) ? value.length : null,
    read: () => iterate(value),
    async publish(_, checks) {
      if (checks.length > 0) {
        throw new Error(
          `The check "${checks[0]?.name}" of ${output.asset} is written in SQL, which its I/O manager cannot run. ` +
            "Write it with rows: async rows => … instead.",
        );
      }
      for (const [context, part] of partsOf(output, value)) await storage.store(part as Value, context);
      return [];
    },
    discard: async () => {},
  };
}

/** One after the other: files and buckets have a limit on how much is asked of them at once. */
async function loadPartitions<Value>(input: InputContext, storage: Storage<Value>): Promise<unknown> {
  const { slice } = input;
  if (slice === null) return storage.load(input);
  const values = new Map<string, Value>();
  for (const part of eachPartition(slice)) {
    input.signal.throwIfAborted();
    values.set(part.keys[0] as string, await storage.load({ ...input, slice: part }));
  }
  return partitionValues(values);
}

async function* iterateAll(value: unknown): AsyncIterable<Row> {
  const { values } = value as { values?: unknown };
  if (!(values instanceof Map)) return yield* iterate(value);
  for (const part of values.values()) yield* iterate(part);
}

/** The value of each partition, of those that a run over several returned by their keys. */
function partsOf(output: OutputContext, value: unknown): [OutputContext, unknown][] {
  const { asset, slice } = output;
  if (slice === null || slice.keys.length === 1) return [[output, value]];
  const byKey = isRecord(value) ? value : {};
  const wrong =
    slice.keys.find(key => !Object.hasOwn(byKey, key)) ??
    Object.keys(byKey).find(key => !slice.keys.includes(key));
  if (wrong !== undefined || !isRecord(value)) {
    throw new Error(
      `${asset} made ${slice.keys.length} partitions in one run, but did not return a record with a value for each: ` +
        `"${wrong ?? slice.keys[0]}" is ${Object.hasOwn(byKey, wrong ?? "") ? "none of them" : "missing"}. ` +
        'Return { "key": value, … }, or make one partition in a run: backfill: { partitionsPerRun: 1 }.',
    );
  }
  return eachPartition(slice).map(part => {
    const [key] = part.keys;
    return [{ ...output, slice: part }, byKey[key as string]];
  });
}

function eachPartition({ definition, keys, windows }: Slice): Slice[] {
  return keys.map((key, at) => {
    const window = windows?.[at];
    return { definition, keys: [key], windows: window ? [window] : null };
  });
}

async function* iterate(value: unknown): AsyncIterable<Row> {
  if (!Array.isArray(value)) throw new Error("The value is not rows and cannot be read row by row.");
  yield* value;
}
