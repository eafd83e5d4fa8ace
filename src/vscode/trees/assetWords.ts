import type { AssetState, AssetStateName } from "../../model/assetState.ts";
import { formatAgo, formatCount } from "../../model/format.ts";
import { verdictInWords } from "../../model/freshnessWords.ts";
import { describeState, stateMarks } from "../../model/stateWords.ts";

/** The state behind a tree row; of partitions how many are there: "27/31 · 2 failed". */
export function wordsOfAsset(state: AssetState, now: number): string {
  if (state.parts === undefined || state.parts.length === 0 || state.state === "queued") {
    return describeState(state, now);
  }
  const { counts, total } = countParts(state);
  const present = (counts.get("materialized") ?? 0) + (counts.get("stale") ?? 0);
  const worrying = named.flatMap(name => {
    const count = counts.get(name) ?? 0;
    return count === 0 ? [] : [`${formatCount(count)} ${stateMarks[name].words}`];
  });
  const when = worrying.length === 0 && state.materializedAt ? [formatAgo(state.materializedAt, now)] : [];
  return [`${formatCount(present)}/${formatCount(total)}`, ...worrying, ...when].join(" · ");
}

/** What is fresh goes without saying; what is due or overdue does not: "overdue since 3 h ago". */
export function wordsOfLateness({ freshness }: AssetState, now: number): string | null {
  if (freshness?.state !== "warn" && freshness?.state !== "fail") return null;
  const since = freshness.since === null ? null : Date.parse(freshness.since);
  return verdictInWords({ state: freshness.state, since, changesAt: null }, now);
}

/** Each state of the partitions with its number, the worst first: for a tooltip. */
export function wordsOfParts(state: AssetState): string {
  const { counts } = countParts(state);
  const order: AssetStateName[] = [...named, "missing", "materialized"];
  return order
    .flatMap(name => {
      const count = counts.get(name) ?? 0;
      return count === 0 ? [] : [`${formatCount(count)} ${stateMarks[name].words}`];
    })
    .join(", ");
}

/** What a person wants to know of; that some are missing is told by the two numbers before it. */
const named: readonly AssetStateName[] = ["failed", "unknown", "running", "queued", "stale"];

function countParts({ parts = [] }: AssetState): { counts: Map<AssetStateName, number>; total: number } {
  const counts = new Map<AssetStateName, number>();
  let total = 0;
  for (const { state, count } of parts) {
    counts.set(state, (counts.get(state) ?? 0) + count);
    total += count;
  }
  return { counts, total };
}
