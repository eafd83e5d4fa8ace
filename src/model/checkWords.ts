import type { AssetState } from "./assetState.ts";
import { formatCount } from "./format.ts";

/** What is to be said beside the state: checks that do not hold, and what nobody knows; null where all is well. */
export function remarksInWords(state: AssetState): string | null {
  const unsure = state.unsureSince === undefined ? null : "made by hand since, in unknown partitions";
  return [failedChecksInWords(state), unsure].filter(Boolean).join(" · ") || null;
}

/** "2 checks failed · 1 check warns"; null where all hold, or where the state itself tells of them. */
function failedChecksInWords({ state, failedChecks = [] }: AssetState): string | null {
  const [failed, warned] = (["error", "warning"] as const).map(
    severity => failedChecks.filter(it => it.severity === severity).length,
  ) as [number, number];
  const words = [
    ...(failed > 0 && state !== "failed" ? [`${checks(failed)} failed`] : []),
    ...(warned > 0 ? [warned === 1 ? "1 check warns" : `${checks(warned)} warn`] : []),
  ];
  return words.length > 0 ? words.join(" · ") : null;
}

function checks(count: number): string {
  return count === 1 ? "1 check" : `${formatCount(count)} checks`;
}
