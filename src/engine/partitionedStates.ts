import type { AssetGraph } from "../model/assetGraph.ts";
import type { AssetState, AssetStateName, PartsInState } from "../model/assetState.ts";
import { emptySet } from "../model/partitionSet.ts";
import { piecesOf, stateRanges } from "../model/partitionStateRanges.ts";
import type { ReadStands } from "./planRequest.ts";
import type { Stand } from "./stands.ts";

/**
 * Adds to states what is stale and why, and to those of partitioned assets how their partitions stand; what is
 * still going on stays as it is.
 */
export async function withStands(
  states: readonly AssetState[],
  graph: AssetGraph,
  stands: ReadStands,
): Promise<AssetState[]> {
  const nodes = new Map(graph.assets.map(it => [it.key, it]));
  const defined = states.map(it => it.asset).filter(key => nodes.has(key));
  const known = await stands(defined, { stale: true });
  return states.map(state => {
    const stand = known.get(state.asset);
    if (!stand) return state;
    return nodes.get(state.asset)?.partitionsDefinition
      ? withParts(state, stand)
      : withStaleness(state, stand);
  });
}

/** The partitions in their order, as ranges of equal state. */
export function partsOf(stand: Stand): PartsInState[] {
  const ranges = stateRanges([
    ["running", stand.running],
    ["queued", stand.queued],
    ["failed", stand.failed],
    ["stale", stand.stale],
    ["materialized", stand.materialized],
  ]);
  return piecesOf(ranges, stand.partitions.count);
}

/** What a run is about to make anew is there until then. */
function withParts(state: AssetState, stand: Stand): AssetState {
  const parts = partsOf({ ...stand, running: emptySet, queued: emptySet });
  const whole = stateOfWhole(state.state, parts);
  return {
    ...state,
    parts,
    state: whole,
    // How the last attempt at one of them ended says nothing of the whole.
    reason: whole === "stale" ? stand.staleReason : whole === state.state ? state.reason : null,
    ...(stand.staleReason === null ? {} : { staleReason: stand.staleReason }),
  };
}

/** An asset without partitions: one that is being made, or failed, says that instead. */
function withStaleness(state: AssetState, { stale, staleReason }: Stand): AssetState {
  if (state.state !== "materialized" || stale.count === 0) return state;
  return { ...state, state: "stale", reason: staleReason };
}

function stateOfWhole(last: AssetStateName, parts: readonly PartsInState[]): AssetStateName {
  if (last === "running" || last === "queued") return last;
  const present = new Set(parts.map(it => it.state));
  const [only] = present;
  return present.size === 1 && only ? only : "partly";
}
