/** Chance that is the same on every machine: one seed, one sequence. */
export interface Random {
  /** From 0 up to, not including, 1. */
  next(): number;
  chance(probability: number): boolean;
  /** Both ends are possible. */
  integer(from: number, to: number): number;
  pick<T>(choices: readonly [T, ...T[]]): T;
  /** Bell-shaped around 0, nearly always within ±3. */
  normal(): number;
}

/** Mulberry32 (Tommy Ettinger): small, fast, and good enough for weather. */
export function seededRandom(seed: string): Random {
  let state = hash(seed);
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    chance: probability => next() < probability,
    integer: (from, to) => from + Math.floor(next() * (to - from + 1)),
    pick: choices => choices[Math.floor(next() * choices.length)] ?? choices[0],
    normal: () => next() + next() + next() + next() + next() + next() - 3,
  };
}

/** FNV-1a, 32 bits. */
function hash(text: string) {
  let value = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) value = Math.imul(value ^ byte, 0x01000193);
  return value;
}
