import type { AssetKey } from "../../src/model/assetKey.ts";
import type { ConditionExplanation, ExplainedPart } from "../../src/model/conditionExplanation.ts";
import type {
  ConditionAnswer,
  ConditionSimulation,
  ConditionTickSummary,
} from "../../src/model/conditionState.ts";

const asset = "weather/daily_frost" as AssetKey;
const upstream = "weather/daily_readings" as AssetKey;
const hour = 3_600_000;

/** A rule that waits for an update, with what it did in the last days. */
export function weatherCondition(now: number): { answer: ConditionAnswer; history: ConditionTickSummary[] } {
  const history = [2, 26, 50, 74].flatMap((hours, at) => {
    const day = new Date(now - hours * hour).toISOString().slice(0, 10);
    const requested = tick(
      String(20 - at * 2),
      now - hours * hour,
      "requested",
      `${upstream} ${day} was updated`,
    );
    const waited = tick(
      String(19 - at * 2),
      now - (hours + 1) * hour,
      "skipped",
      `waits for an update of ${upstream}`,
    );
    return [{ ...requested, runIds: [String(40 - at)] }, waited];
  });
  const explanation = explained(false, `waits for an update of ${upstream} 2026-02-02`);
  const answer: ConditionAnswer = {
    asset,
    automation: "carried on",
    isOff: false,
    isWatched: true,
    now: explanation,
    lastTick: history[0] ?? null,
    lastRequest: history[0] ?? null,
  };
  return { answer, history };
}

/** What another rule would have launched: more than was. */
export function weatherSimulation(now: number, days: number): ConditionSimulation {
  const at = (count: number) =>
    Array.from({ length: count }, (_, i) => now - (days - (days * i) / count) * 24 * hour);
  return {
    asset,
    automation: "carried on",
    isUnsaved: false,
    from: new Date(now - days * 24 * hour).toISOString(),
    to: new Date(now).toISOString(),
    launched: 12,
    launchedAt: at(12).map(it => new Date(it).toISOString()),
    wouldLaunch: 40,
    ticks: at(40).map(it => ({ at: it, requests: [], runs: 1, repeated: 0 })),
  };
}

function tick(
  id: string,
  at: number,
  status: ConditionTickSummary["status"],
  reason: string,
): ConditionTickSummary {
  const explanation = explained(status === "requested", reason);
  return {
    id,
    at: new Date(at).toISOString(),
    status,
    reason,
    difference: null,
    error: null,
    runIds: [],
    explanation,
  };
}

function explained(isTrue: boolean, reason: string): ConditionExplanation {
  const updated = part("updated since the daemon last looked", isTrue, [], upstream);
  const news = part("something upstream was updated", isTrue, [
    part("any of these", isTrue, [updated], upstream),
  ]);
  const handled = part("it happened, and was not acted on yet", isTrue, [news]);
  const busy = part("not", isTrue, [part("in progress", false, [])]);
  const requested = isTrue ? 1 : 0;
  return {
    asset,
    requested,
    partitions: isTrue ? "2026-02-01" : "",
    reason,
    tree: part("carried on: all of these", isTrue, [handled, busy]),
  };
}

function part(
  words: string,
  isTrue: boolean,
  parts: ExplainedPart[],
  about: AssetKey = asset,
): ExplainedPart {
  return {
    words,
    asset: about,
    outcome: isTrue ? "true" : "false",
    trueCount: isTrue ? 1 : 0,
    candidateCount: 31,
    truePartitions: isTrue ? "2026-02-01" : "",
    parts,
  };
}
