/** Iterates, but is a value of its own: text, maps, sets, bytes. */
function isWhole(value: unknown): boolean {
  return (
    typeof value === "string" || value instanceof Map || value instanceof Set || ArrayBuffer.isView(value)
  );
}

export function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

/** Iterables become arrays, everything else stays what it is. */
export async function collect(value: unknown): Promise<unknown> {
  if (Array.isArray(value) || isWhole(value)) return value;
  if (isAsyncIterable(value)) {
    const rows = [];
    for await (const row of value) rows.push(row);
    return rows;
  }
  const isIterable = typeof value === "object" && value !== null && Symbol.iterator in value;
  return isIterable ? [...(value as Iterable<unknown>)] : value;
}
