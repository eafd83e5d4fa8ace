/** A cache that holds so many values and forgets what was asked for longest ago. */
export interface LeastRecentlyUsed<Key, Value> {
  get(key: Key, make: () => Value): Value;
  /** What is there already; does not count as asking. */
  peek(key: Key): Value | undefined;
}

export function leastRecentlyUsed<Key, Value>(most: number): LeastRecentlyUsed<Key, Value> {
  const kept = new Map<Key, Value>();
  let newest: { key: Key; value: Value } | null = null;
  return {
    get(key, make) {
      // Whoever walks along asks for the same value again and again.
      if (newest !== null && newest.key === key) return newest.value;
      const value = kept.get(key) ?? make();
      kept.delete(key);
      kept.set(key, value);
      if (kept.size > most) kept.delete(kept.keys().next().value as Key);
      newest = { key, value };
      return value;
    },
    peek: key => kept.get(key),
  };
}
