import type { AssetKey } from "../model/assetKey.ts";
import type { CheckResult, SqlCheck } from "./check.ts";
import { blocksPublishing } from "./check.ts";
import type { Columns } from "./columns.ts";
import type { IoManager } from "./ioManager.ts";
import { collect } from "./iterable.ts";
import { isRecord } from "./labels.ts";
import { partitionValues } from "./partitionValues.ts";
import type { Row } from "./row.ts";

/** An I/O manager that keeps what assets return in this process, for tests. */
export interface MemoryIo extends IoManager {
  /** What is kept of an asset; undefined when nothing is. */
  value(asset: AssetKey): unknown;
  /** Keeps a value as if the asset had returned it. */
  give(asset: AssetKey, value: unknown): void;
}

/**
 * Keeps what assets return in memory, as a table would: undefined fields come back as null, declared columns
 * in their types, and each consumer receives rows of its own. `notNull` and `unique` are tested; other
 * checks in SQL are not, and have no result.
 */
export function memoryIo(): MemoryIo {
  const values = new Map<AssetKey, unknown>();
  /** Of which partition the value is that was made here; what was given may be of several. */
  const partitions = new Map<AssetKey, string | null>();
  return {
    guarantee: "transactional",
    value: asset => values.get(asset),
    give: (asset, value) => void values.set(asset, value),

    async stage({ asset, columns, slice }, value) {
      const collected = await collect(value);
      const stored = isRows(collected) ? storedRows(collected, columns, asset) : collected;
      const rows = isRows(stored) ? stored : [];
      return {
        rows: Array.isArray(stored) ? stored.length : null,
        read: () => iterate(copyOf(rows)),
        async publish(_, checks) {
          const results = isRows(stored) ? checks.flatMap(check => testRows(check, stored)) : [];
          if (!results.some(blocksPublishing)) {
            values.set(asset, stored);
            partitions.set(asset, slice?.keys[0] ?? null);
          }
          return results;
        },
        discard: async () => {},
      };
    },

    async load({ asset, stream, slice }) {
      // An asset that needs its own earlier rows has none before it is made.
      if (!values.has(asset) && slice?.keys.length === 0) return stream ? iterate([]) : [];
      if (!values.has(asset)) throw notThere(asset);
      const value = await collect(values.get(asset));
      if (!isRows(value)) {
        const key = partitions.get(asset) ?? null;
        return key === null ? value : partitionValues(new Map([[key, value]]));
      }
      return stream ? iterate(copyOf(value)) : copyOf(value);
    },
  };
}

function notThere(asset: AssetKey): Error {
  return new Error(
    `Nothing of ${asset} is in memory. Materialize it with the others, or give it: { inputs: { "${asset}": rows } }. ` +
      "If it was materialized, its function returned nothing: let it return the rows.",
  );
}

function isRows(value: unknown): value is Row[] {
  return Array.isArray(value) && value.every(isRecord);
}

/** Rows as they would come back from a table with the declared columns, or with those that any row has. */
function storedRows(rows: readonly Row[], declared: Columns | null, asset: AssetKey): Row[] {
  const names = new Set(declared === null ? rows.flatMap(Object.keys) : Object.keys(declared));
  return rows.map((row, at) => {
    const undeclared = Object.keys(row).find(name => !names.has(name));
    if (undeclared !== undefined) {
      throw new Error(
        `Row ${at + 1} of ${asset} has the column "${undeclared}", which is not declared. ` +
          "Declare it in columns(…), or leave it out.",
      );
    }
    return Object.fromEntries([...names].map(name => [name, storedValue(row[name], declared?.[name])]));
  });
}

function storedValue(value: unknown, type: string | undefined): unknown {
  if (value === undefined || value === null) return null;
  if (type === undefined || type.endsWith("[]")) return value;
  if (/^(bigint|int8)$/i.test(type)) return BigInt(value as number);
  if (/^timestamp/i.test(type)) return instant(value);
  if (/^(numeric|decimal)/i.test(type)) return String(value);
  return value;
}

/** Text without a zone is taken as UTC, whatever the zone of this machine is. */
function instant(value: unknown): unknown {
  if (typeof value !== "string") return value;
  return new Date(/(Z|[+-]\d\d(:?\d\d)?)$/i.test(value.trim()) || !value.includes(":") ? value : `${value}Z`);
}

function testRows(check: SqlCheck, rows: readonly Row[]): CheckResult[] {
  if (check.countFailed === undefined) return [];
  const { name, blocking, severity } = check;
  const failedRows = check.countFailed(rows);
  return [{ name, blocking, severity, passed: failedRows === 0, failedRows, message: null }];
}

function copyOf(rows: readonly Row[]): Row[] {
  return rows.map(row => ({ ...row }));
}

async function* iterate(rows: readonly Row[]): AsyncIterable<Row> {
  yield* rows;
}
