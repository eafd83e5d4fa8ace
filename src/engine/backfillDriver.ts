import type { ScannedGraph } from "../model/assetGraph.ts";
import { movedName } from "../model/keptKeys.ts";
import {
  adoptBackfill,
  driveBackfills,
  endBackfill,
  leaveBackfills,
  type OpenBackfill,
} from "../store/backfills.ts";
import type { Database } from "../store/database.ts";
import { dynamicKeys } from "../store/dynamicPartitions.ts";
import { type BackfillProgress, openProgress, whyItDoesNotFit } from "./backfillProgress.ts";
import { cancelRunsOfBackfill } from "./cancelBackfill.ts";
import { nameOf } from "./dbtVariant.ts";

/**
 * Requests the runs of open backfills, whenever some that went before have ended. One engine drives a
 * backfill at a time, by a lease; all that it needs to know stands in the state, so any other can go on.
 */
export interface BackfillDriver {
  /** The definitions that may be driven from now on. */
  serve(graph: ScannedGraph, digest: string, loaded: readonly string[]): void;
  /** A run has ended, here or elsewhere. */
  runEnded(runId: string): void;
  /** Somebody changed a backfill. */
  look(): void;
  /** Renews the leases, takes what nobody drives. */
  beat(): Promise<void>;
  stop(): Promise<void>;
}

export interface BackfillDriverEdge {
  engine: string;
  database: Database;
  leaseMs: number;
  /** Which of dbt's targets and variables this engine has loaded. */
  variant: string;
  /** How many runs engines take at once: so many and as many again are kept waiting. */
  slots(): number;
  /** Runs were queued. */
  queued(): void;
  changed(backfillId: string): void;
}

/** Runs end by the hundred: what they allow is looked for once for several of them. */
const gatherMs = 25;

interface Driven {
  backfill: OpenBackfill;
  progress: BackfillProgress;
}

export function createBackfillDriver(edge: BackfillDriverEdge): BackfillDriver {
  const { engine, database } = edge;
  const driven = new Map<string, Driven>();
  let definitions: { graph: ScannedGraph; digest: string; loaded: readonly string[] } | null = null;
  let stopped = false;
  let leasesAreOld = false;
  let working: Promise<void> | null = null;
  let again = false;
  let gathering: NodeJS.Timeout | undefined;

  return {
    serve(graph, digest, loaded) {
      definitions = { graph, digest, loaded };
      for (const { progress } of driven.values()) progress.serve(graph);
      leasesAreOld = true;
      wake();
    },
    runEnded(runId) {
      for (const { progress } of driven.values()) if (progress.isWaitingFor(runId)) return wakeSoon();
    },
    look() {
      leasesAreOld = true;
      wake();
    },
    async beat() {
      leasesAreOld = true;
      wake();
      // One question after the other: an engine at rest holds few connections.
      await working;
    },
    async stop() {
      stopped = true;
      clearTimeout(gathering);
      await working;
      if (driven.size > 0) await leaveBackfills(database, engine, null);
    },
  };

  function wakeSoon() {
    gathering ??= setTimeout(() => {
      gathering = undefined;
      wake();
    }, gatherMs);
  }

  /** Works once; who wakes it meanwhile makes it work once more. */
  function wake() {
    if (stopped || definitions === null) return;
    again = true;
    working ??= work().finally(() => {
      working = null;
      // Who woke it after its last glance and before now would go unheard.
      if (again) wake();
    });
  }

  async function work() {
    while (again && !stopped) {
      again = false;
      try {
        if (leasesAreOld) await renew();
        for (const [id, it] of driven) if (await advance(it)) driven.delete(id);
      } catch {
        // Most often the database is away; the next beat goes on from what stands in the state.
        driven.clear();
        leasesAreOld = true;
        again = false;
        return;
      }
    }
  }

  async function renew() {
    if (definitions === null) return;
    leasesAreOld = false;
    const held = await driveBackfills(database, engine, definitions.loaded, edge.leaseMs);
    for (const id of driven.keys()) if (!held.some(it => it.id === id)) driven.delete(id);
    const foreign: string[] = [];
    for (const backfill of held) {
      // Whoever canceled it may have died before all of its runs were.
      if (backfill.status === "canceling") await cancelRunsOfBackfill(database, backfill.id);
      const known = driven.get(backfill.id);
      if (known?.backfill.epoch === backfill.epoch) known.backfill.status = backfill.status;
      else driven.delete(backfill.id);
      const fit = await adopt(backfill, known !== undefined);
      if (fit !== "fits") driven.delete(backfill.id);
      // What it requests from now on is made by the definitions that it was adopted by.
      else if (known) known.backfill.digest = backfill.digest;
      if (fit === "foreign") foreign.push(backfill.id);
      if (fit === "fits" && !driven.has(backfill.id)) {
        const progress = await openProgress(database, backfill, definitions.graph);
        driven.set(backfill.id, { backfill, progress });
      }
    }
    if (foreign.length > 0) await leaveBackfills(database, engine, foreign);
  }

  /** Whether the present definitions can go on with it. */
  async function adopt(backfill: OpenBackfill, isOurs: boolean): Promise<"fits" | "foreign" | "ended"> {
    if (definitions === null) return "foreign";
    const moved = await movedKeys(backfill);
    if (moved !== null) return end(backfill, moved);
    if (backfill.digest === definitions.digest) return "fits";
    // Its runs would be made by another target of dbt, or with other variables.
    if (nameOf(backfill.dbt ?? {}) !== edge.variant) return "foreign";
    const reason = whyItDoesNotFit(backfill, definitions.graph);
    if (reason === null) {
      await adoptBackfill(database, backfill, definitions.digest);
      backfill.digest = definitions.digest;
      return "fits";
    }
    // Of a workspace that this engine knows, somebody changed the definitions; of another one it knows nothing.
    if (!isOurs && !definitions.loaded.includes(backfill.digest)) return "foreign";
    return end(backfill, reason);
  }

  async function end(backfill: OpenBackfill, message: string): Promise<"ended"> {
    await endBackfill(database, backfill, "failed", { message });
    edge.changed(backfill.id);
    return "ended";
  }

  /** Its targets are positions among keys, so it ends when one of those is removed (semantics B12). */
  async function movedKeys({ keptKeys, environment, status }: OpenBackfill): Promise<string | null> {
    const names = Object.keys(keptKeys);
    if (names.length === 0 || status === "canceling") return null;
    const moved = movedName(keptKeys, await dynamicKeys(database, environment, names));
    return moved && `Keys of "${moved}" were removed since this backfill was launched. Launch a new one.`;
  }

  /** Counts what has ended and requests what comes next; whether there is nothing more to do. */
  async function advance({ backfill, progress }: Driven): Promise<boolean> {
    const news = await progress.count();
    if (backfill.status === "running" && progress.open() < edge.slots() * 2) {
      const { submitted, superseded, failure } = await progress.request(
        Math.min(edge.slots() * 3, backfill.maxParallel === null ? 300 : backfill.maxParallel * 3) -
          progress.open(),
        backfill.digest,
      );
      if (superseded) {
        leasesAreOld = true;
        again = true;
        return true;
      }
      if (submitted > 0) edge.queued();
      if (failure !== null && progress.open() === 0) {
        await endBackfill(database, backfill, "failed", { message: failure });
        edge.changed(backfill.id);
        return true;
      }
      if (submitted > 0 || news) edge.changed(backfill.id);
    } else if (news) edge.changed(backfill.id);
    if (progress.open() > 0 || backfill.status === "paused") return false;
    if (backfill.status === "running" && !progress.isComplete()) return false;
    const status =
      backfill.status === "canceling" ? "canceled" : progress.hasFailures() ? "failed" : "succeeded";
    await endBackfill(database, backfill, status);
    edge.changed(backfill.id);
    return true;
  }
}
