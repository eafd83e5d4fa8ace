import type { ScannedGraph } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { AssetState } from "../model/assetState.ts";
import type { Database } from "../store/database.ts";
import { assetStates } from "../store/states.ts";
import { withFailedChecks } from "./checkStates.ts";
import { withFreshness } from "./freshness.ts";
import { momentAt } from "./moment.ts";
import { withStands } from "./partitionedStates.ts";
import type { Planner } from "./planner.ts";
import { withDownstream } from "./staleness.ts";

export interface CurrentStatesEdge {
  database: Database;
  environment: string;
  standsAt: Planner["standsAt"];
  /** Null until the definitions have been loaded: the state alone answers then. */
  graph(): ScannedGraph | null;
}

/** How assets stand now, all of them or what changes with some: what the state holds, read by the definitions. */
export function createCurrentStates({ database, environment, standsAt, ...edge }: CurrentStatesEdge) {
  return async (only?: readonly AssetKey[]): Promise<AssetState[]> => {
    const graph = edge.graph();
    // What is made anew makes stale what is below it.
    const asked = only && graph ? withDownstream(graph, only) : only;
    const found = await assetStates(database, environment, asked);
    if (graph === null) return found;
    const moment = await momentAt(database, environment, graph, Date.now());
    const stands = await withStands(found, graph, standsAt(graph, moment));
    const fresh = await withFreshness(stands, database, environment, graph, moment.now, asked);
    return withFailedChecks(fresh, database, environment, graph, asked);
  };
}
