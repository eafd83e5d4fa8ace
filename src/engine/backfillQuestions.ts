import type { AssetKey } from "../model/assetKey.ts";
import type { BackfillSummary } from "../model/backfillState.ts";
import type { DbtRequest, DbtRunOptions } from "../model/dbtNode.ts";
import type { BackfillRequest } from "../protocol/partitions.ts";
import { findBackfill, isBackfillOpen, listBackfills } from "../store/backfillSummaries.ts";
import { changeBackfill, createBackfill, endCanceledBackfill } from "../store/backfills.ts";
import type { Database } from "../store/database.ts";
import { runsOfBackfill } from "../store/runs.ts";
import type { PlannedBackfill } from "./backfills.ts";
import { cancelRunsOfBackfill } from "./cancelBackfill.ts";
import { ConfigurationError } from "./configuration.ts";
import type { Engine } from "./engine.ts";

/** What questions about backfills need of their engine. */
export interface BackfillEdge {
  database: Database;
  environment: string;
  plan(request: BackfillRequest, now: number): Promise<PlannedBackfill>;
  /** Loads what has changed. */
  load(): Promise<unknown>;
  /** Of the definitions that were planned with. */
  digest(): string;
  /** What its runs ask of dbt, when dbt makes any of these assets. */
  dbtOptions(
    request: DbtRequest | undefined,
    assets: readonly AssetKey[],
  ): Promise<DbtRunOptions | undefined>;
  /** Resolves when the state is ready to be written to. */
  maintained: Promise<void>;
  /** Runs were queued or canceled: the coordinator looks. */
  wake(): void;
  /** A backfill is different now: its driver looks, clients are told. */
  changed(backfillId: string): void;
}

type BackfillQuestions = Pick<
  Engine,
  | "planBackfill"
  | "launchBackfill"
  | "backfills"
  | "backfill"
  | "runsOfBackfill"
  | "actOnBackfill"
  | "waitForBackfill"
>;

/** The part of an engine that is about backfills. */
export function backfillQuestions(edge: BackfillEdge): BackfillQuestions {
  const { database, environment } = edge;
  return {
    async planBackfill(request) {
      return (await edge.plan(request, Date.now())).plan;
    },
    async launchBackfill(request) {
      const evaluatedAt = Date.now();
      const { targets, keptKeys, partitions, nothing } = await edge.plan(request, evaluatedAt);
      if (nothing !== null) throw nothing;
      await edge.maintained;
      const { selection, requestedBy, maxParallel } = request;
      const digest = edge.digest();
      const asked = { environment, digest, selection, partitions, requestedBy, maxParallel, evaluatedAt };
      const dbt = await edge.dbtOptions(
        request.dbt,
        targets.map(it => it.asset),
      );
      const backfillId = await createBackfill(database, {
        ...asked,
        targets,
        keptKeys,
        ...(dbt ? { dbt } : {}),
      });
      edge.changed(backfillId);
      return { backfillId };
    },
    backfills: limit => listBackfills(database, limit),
    backfill: backfillId => findBackfill(database, backfillId),
    runsOfBackfill: backfillId => runsOfBackfill(database, backfillId),
    async actOnBackfill(backfillId, action) {
      // Whoever resumes it or tries again wants it to go on here, with the present definitions.
      if (action === "resume" || action === "retry") await edge.load();
      const changed = await changeBackfill(database, backfillId, action);
      if (changed === null) throw new ConfigurationError(`There is no backfill "${backfillId}".`);
      if (changed.refusedIn !== null) {
        throw new ConfigurationError(
          `Backfill ${backfillId} is ${changed.refusedIn}: ${action} does nothing.`,
        );
      }
      if (action === "cancel") {
        await cancelRunsOfBackfill(database, backfillId);
        edge.wake();
        await endCanceledBackfill(database, backfillId);
      }
      edge.changed(backfillId);
    },
    waitForBackfill,
  };

  async function waitForBackfill(backfillId: string): Promise<BackfillSummary> {
    while (await isBackfillOpen(database, backfillId)) {
      await new Promise(resolve => setTimeout(resolve, 300));
      // Without an engine that drives it nobody else would say that it has ended.
      await endCanceledBackfill(database, backfillId);
    }
    const found = await findBackfill(database, backfillId);
    if (found === null) throw new ConfigurationError(`There is no backfill "${backfillId}".`);
    return found;
  }
}
