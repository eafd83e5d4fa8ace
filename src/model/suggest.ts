/**
 * The candidates that somebody who wrote `name` most likely meant, best first.
 * A key also answers to its last component: "daily_reading" finds "weather/daily_readings".
 */
export function suggest<T extends string>(name: string, candidates: Iterable<T>, limit = 3): T[] {
  const wanted = name.trim().toLowerCase();
  if (wanted === "" || wanted.length > longestName) return [];
  const found: { candidate: T; cost: number }[] = [];
  for (const candidate of new Set(candidates)) {
    const cost = costOf(wanted, candidate.toLowerCase());
    if (cost !== null) found.push({ candidate, cost });
  }
  // The sort is stable: equals keep the order of the candidates.
  return found
    .sort((a, b) => a.cost - b.cost)
    .slice(0, limit)
    .map(it => it.candidate);
}

/** ' Did you mean "weather/daily_readings"?', ready to follow a sentence; empty when nothing comes near. */
export function didYouMean(name: string, candidates: Iterable<string>): string {
  const names = suggest(name, candidates).map(it => `"${it}"`);
  const last = names.pop();
  if (last === undefined) return "";
  return ` Did you mean ${names.length === 0 ? last : `${names.join(", ")} or ${last}`}?`;
}

/** Nobody mistypes a longer name by hand, and the comparison takes its time. */
const longestName = 200;

/** How far the candidate is from what was wanted, null when it is too far to be meant. */
function costOf(wanted: string, candidate: string): number | null {
  const lastComponent = candidate.slice(candidate.lastIndexOf("/") + 1);
  const tolerance = Math.max(1, Math.floor(wanted.length / 3));
  const distance = Math.min(
    editDistance(wanted, candidate, tolerance),
    // Between equals the key itself is nearer than the last component of another.
    editDistance(wanted, lastComponent, tolerance) + 0.5,
  );
  if (distance < tolerance + 1) return distance;
  const isPart = wanted.length >= 3 && candidate.includes(wanted);
  return isPart ? tolerance + 1 + (candidate.length - wanted.length) / 1000 : null;
}

/** Letters to insert, remove, replace or swap with their neighbour; more than `tolerance` is infinite. */
function editDistance(from: string, to: string, tolerance: number): number {
  if (Math.abs(from.length - to.length) > tolerance) return Number.POSITIVE_INFINITY;
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = at(last, j - 1) + (from[i - 1] === to[j - 1] ? 0 : 1);
      const swapped =
        from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1] ? at(beforeLast, j - 2) + 1 : replaced;
      row.push(Math.min(at(last, j) + 1, at(row, j - 1) + 1, replaced, swapped));
    }
    if (Math.min(...row) > tolerance) return Number.POSITIVE_INFINITY;
    [beforeLast, last] = [last, row];
  }
  const distance = at(last, to.length);
  return distance > tolerance ? Number.POSITIVE_INFINITY : distance;
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
