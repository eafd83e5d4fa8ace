import type { AssetKey } from "../../model/assetKey.ts";
import { inWords } from "../../sdk/inWords.ts";

/** Rows as an asset may return them. */
export type RowSource = readonly unknown[] | Iterable<unknown> | AsyncIterable<unknown>;

/** What the asset returned, if it is rows; otherwise an error that says what it is instead. */
export function rowSource(asset: AssetKey, value: unknown): RowSource {
  if (isIterable(value)) return value;
  const hint = looksLikeOneRow(value)
    ? "For a single row return [row]."
    : "Return rows, or give the asset another `io`.";
  throw new Error(
    `The asset ${asset} returned ${inWords(value)}, but postgresTable() stores rows: ` +
      `an array, an iterable or an async iterable of objects. ${hint}`,
  );
}

/** Rows that are all here, or so many that they are better taken one after the other. */
export type PeekedRows = { all: readonly unknown[] } | { all: null; stream: ClosableRows };

export type ClosableRows = (Iterable<unknown> | AsyncIterable<unknown>) & { close(): void };

/** All rows when they are few: an array is few up to `inArray`, anything else up to `inStream` rows. */
export async function peek(
  rows: RowSource,
  limits: { inArray: number; inStream: number },
  signal: AbortSignal,
): Promise<PeekedRows> {
  if (Array.isArray(rows)) {
    if (rows.length <= limits.inArray) return { all: rows };
    return { all: null, stream: { [Symbol.iterator]: () => rows.values(), close: () => {} } };
  }
  const iterator = abortable(rows, signal);
  const first: unknown[] = [];
  while (first.length <= limits.inStream) {
    const { done, value } = await iterator.next().catch(error => {
      iterator.close();
      throw error;
    });
    if (done) return { all: first };
    first.push(value);
  }
  let at = 0;
  const next = async () => {
    const value = first[at];
    if (at++ < first.length) return { done: false, value };
    first.length = 0;
    return iterator.next();
  };
  return {
    all: null,
    stream: { [Symbol.asyncIterator]: () => ({ next }), close: iterator.close },
  };
}

/** Iterates; when the signal aborts, the wait for a row that never comes ends too. */
function abortable(rows: RowSource, signal: AbortSignal) {
  const iterator = Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]();
  let stop: (reason: unknown) => void = () => {};
  signal.addEventListener("abort", () => stop(signal.reason), { once: true });

  return {
    next: () =>
      new Promise<IteratorResult<unknown>>((resolve, reject) => {
        signal.throwIfAborted();
        stop = reject;
        Promise.resolve(iterator.next()).then(resolve, reject);
      }),
    close: () => {
      // Not awaited: a source that hangs in `next` would not come back from `return` either.
      void Promise.resolve(iterator.return?.()).catch(() => {});
    },
  };
}

function isIterable(value: unknown): value is RowSource {
  return (
    typeof value === "object" && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value)
  );
}

function looksLikeOneRow(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}
