import type { ScannedGraph } from "../model/assetGraph.ts";
import type { MaterializeRequest } from "../protocol/engine.ts";
import type { BackfillRequest } from "../protocol/partitions.ts";
import type { Database, Sql } from "../store/database.ts";
import { partitionDurations } from "../store/partitionHistory.ts";
import { materializedAssets } from "../store/states.ts";
import { planBackfillRequest } from "./backfills.ts";
import type { Configuration } from "./configuration.ts";
import { planWithDbt } from "./currentDbt.ts";
import type { DbtRequests } from "./dbtRequests.ts";
import type { DbtSession } from "./dbtSession.ts";
import { explainAbsence } from "./explainAbsence.ts";
import type { CodeLoader } from "./loadedCode.ts";
import { type Moment, momentAt } from "./moment.ts";
import { planRequest, type ReadStands } from "./planRequest.ts";
import { readStands } from "./stands.ts";

export type Planner = ReturnType<typeof createPlanner>;

export interface PlannerEdge {
  configuration: Configuration;
  database: Database;
  environment: string;
  code: CodeLoader;
  session: DbtSession;
  dbtRequests: DbtRequests;
  /** How many runs of backfills this engine may have; 0: it takes none. */
  backfillSlots: number;
  load(): Promise<ScannedGraph>;
  /** Tells whoever asked what takes so long. */
  say(message: string): void;
}

/** Plans runs and backfills on the present definitions; where dbt's are older than its files, dbt reads them first. */
export function createPlanner({
  configuration,
  database,
  environment,
  code,
  session,
  dbtRequests,
  load,
  say,
  ...edge
}: PlannerEdge) {
  return { plan, planBackfill, standsAt };

  function plan(request: Omit<MaterializeRequest, "requestedBy">, now: number) {
    type Planned = Awaited<ReturnType<typeof planNow>>;
    const assetsOf = ({ plan }: Planned) => plan.steps.flatMap(it => it.assets);
    const planned = planWithDbt(code, session, { plan: () => planNow(request, now), assetsOf, say });
    return explainAbsence(configuration, planned);
  }

  async function planNow(request: Omit<MaterializeRequest, "requestedBy">, now: number) {
    const changes = await dbtRequests.changes(request.selection, request.dbt);
    const graph = await load();
    const materialized = await materializedAssets(database, environment);
    const moment = await momentAt(database, environment, graph, now);
    const deferred = await dbtRequests.deferred(request.dbt);
    return planRequest(
      { ...request, deferred, ...(changes ? { changes } : {}) },
      graph,
      materialized,
      standsAt(graph, moment),
    );
  }

  function planBackfill(request: BackfillRequest, now: number) {
    type Planned = Awaited<ReturnType<typeof planBackfillNow>>;
    const assetsOf = ({ targets }: Planned) => targets.map(it => it.asset);
    const planned = planWithDbt(code, session, { plan: () => planBackfillNow(request, now), assetsOf, say });
    return explainAbsence(configuration, planned);
  }

  async function planBackfillNow(request: BackfillRequest, now: number) {
    const changes = await dbtRequests.changes(request.selection, request.dbt);
    const graph = await load();
    const moment = await momentAt(database, environment, graph, now);
    return planBackfillRequest(request, graph, moment, {
      stands: standsAt(graph, moment),
      durations: assets => partitionDurations(database, environment, assets),
      parallel: Math.max(edge.backfillSlots, 1),
      deferred: await dbtRequests.deferred(request.dbt),
      changes,
    });
  }

  function standsAt(graph: ScannedGraph, moment: Moment, sql: Sql = database): ReadStands {
    return (assets, stale) => readStands(sql, environment, graph, moment, assets, stale);
  }
}
