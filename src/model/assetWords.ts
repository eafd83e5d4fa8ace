import type { AssetState, AssetStateName } from "./assetState.ts";
import { formatAgo, formatCount, formatRows } from "./format.ts";
import { verdictInWords } from "./freshnessWords.ts";
import { countParts, describeState, stateMarks } from "./stateWords.ts";

/** The state behind a tree row; of partitions how many are there: "27/31 · 2 failed". */
export function wordsOfAsset(state: AssetState, now: number): string {
  if (state.parts === undefined || state.parts.length === 0 || state.state === "queued") {
    return describeState(state, now);
  }
  const { present, total } = countParts(state.parts);
  const worrying = wordsOfCounts(state, named);
  const when = worrying.length === 0 && state.materializedAt ? [formatAgo(state.materializedAt, now)] : [];
  return [`${formatCount(present)}/${formatCount(total)}`, ...worrying, ...when].join(" · ");
}

/** The same where there is room: also why it is stale, when it was made, and that old data is behind a failure. */
export function wordsOfRow(state: AssetState, now: number): string {
  const words = wordsOfAsset(state, now);
  const { materializedAt, rows, staleReason } = state;
  const age = materializedAt === null ? null : formatAgo(materializedAt, now);
  if (state.parts !== undefined && state.parts.length > 0) {
    const why = staleReason ? words.replace(/\d stale\b/, it => `${it}: ${staleReason}`) : words;
    return [
      state.state === "running" ? describeState(state, now) : null,
      why,
      age === null || words.endsWith(age) ? null : age,
    ]
      .filter(Boolean)
      .join(" · ");
  }
  if (age === null || state.state === "materialized" || state.state === "missing") return words;
  if (state.state === "stale")
    return [words, age, rows === null ? null : formatRows(rows)].filter(Boolean).join(" · ");
  const former = rows === null ? `what was made ${age} stays` : `the ${formatRows(rows)} of ${age} stay`;
  return words.replace(stateMarks[state.state].words, it => `${it} (${former})`);
}

/** How many partitions an asset has, how many are there, and how many are in each state. */
export function partitionCounts({ parts = [] }: AssetState) {
  const { of, present, total } = countParts(parts);
  return { total, present, stale: of("stale"), failed: of("failed"), missing: of("missing") };
}

/** What is fresh goes without saying; what is due or overdue does not: "overdue since 3 h ago". */
export function wordsOfLateness({ freshness }: AssetState, now: number): string | null {
  if (freshness?.state !== "warn" && freshness?.state !== "fail") return null;
  const since = freshness.since === null ? null : Date.parse(freshness.since);
  return verdictInWords({ state: freshness.state, since, changesAt: null }, now);
}

/** Each state of the partitions with its number, the worst first: for a tooltip. */
export function wordsOfParts(state: AssetState): string {
  return wordsOfCounts(state, [...named, "missing", "materialized"]).join(", ");
}

/** What a person wants to know of; that some are missing is told by the two numbers before it. */
const named: readonly AssetStateName[] = ["failed", "unknown", "running", "queued", "stale"];

function wordsOfCounts({ parts = [] }: AssetState, states: readonly AssetStateName[]): string[] {
  const { of } = countParts(parts);
  return states.flatMap(it => (of(it) === 0 ? [] : [`${formatCount(of(it))} ${stateMarks[it].words}`]));
}
