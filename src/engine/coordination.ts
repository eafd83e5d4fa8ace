import type { AssetKey } from "../model/assetKey.ts";
import type { RunError } from "../model/run.ts";
import type { DbtInput } from "../protocol/worker.ts";
import { type Database, mostGiven } from "../store/database.ts";
import type { FoundEnd } from "../store/dbtInvocations.ts";
import {
  type Coordinator,
  dispatchRuns,
  holdCoordinator,
  releaseCoordinator,
  Superseded,
} from "../store/dispatch.ts";
import type { Doorbell, Lane } from "../store/doorbell.ts";
import {
  abandonRuns,
  beat,
  cancelRequests,
  claimRuns,
  endRuns,
  ownedRuns,
  recordBackfillSlots,
  takeOverLostRuns,
} from "../store/ownership.ts";
import type { Pool } from "../store/pools.ts";
import { announceRuns, type StepRow, stepsOfRuns } from "../store/runs.ts";
import { startSteps } from "../store/steps.ts";
import { stampVersions } from "../store/versions.ts";
import type { EngineTiming } from "./engine.ts";
import { createPlaces } from "./places.ts";
import { type DbtSteps, executeRun, type RunEdge, toRunError } from "./runExecution.ts";
import type { RunLogs } from "./runLogs.ts";
import { together } from "./together.ts";
import type { Trouble } from "./trouble.ts";
import type { WorkerProcess } from "./workerProcess.ts";

/** The engine's share in what all engines decide together: who coordinates, what starts, what is taken over. */
export interface Coordination {
  start(): Promise<void>;
  /** Something was queued, ended or canceled: look now. */
  wake(): void;
  /** How many runs of backfills it may have now: more when they are short. */
  backfillPlaces(): number;
  /** The definitions whose runs this engine claims. */
  serve(digests: readonly string[]): void;
  /** Claims nothing more, and waits so long for what this engine runs. */
  drain(patienceMs: number): Promise<void>;
  /** Cancels this engine's runs, waits for their ends, and gives up the lease. */
  stop(): Promise<void>;
}

export interface CoordinationEdge {
  id: string;
  database: Database;
  doorbell: Doorbell;
  /** A worker with these definitions. */
  worker(digest: string): Promise<WorkerProcess>;
  /** How dbt's part of a run with this digest is run, in the environment of the run. */
  dbt(digest: string, environment: string): DbtSteps | null;
  dbtInputs(digest: string, asset: AssetKey): Readonly<Record<string, DbtInput>>;
  logs: RunLogs;
  timing: EngineTiming;
  /** `allRuns`: of all engines together. */
  limits: { runs: number; steps: number; allRuns: number | null };
  /** The keys that dynamic partitions have at an instant, by name. */
  dynamicKeys(environment: string, now: number): Promise<Readonly<Record<string, readonly string[]>>>;
  poolOf(environment: string, asset: AssetKey): Pool | null;
  tableOf(environment: string, asset: AssetKey): Pool;
  /** What became of the steps of a lost run that dbt made. */
  findEnds(runId: string): Promise<ReadonlyMap<string, FoundEnd>>;
  /** Whether it also takes the runs of backfills. */
  background: boolean;
  changed(runId: string): void;
  ended(runId: string): void;
  /** Somebody changed a backfill, or asks to look at it. */
  backfillChanged(): void;
  /** Every word on the database's channel; null: some may have been missed. */
  heard(payload: string | null): void;
  /** As often as leases are renewed. */
  beat(): Promise<void>;
  /** Whether runs can be looked after at the moment. */
  trouble: Trouble;
}

const announceMs = 50;
/** A slot may be freed while the connection that listens is away. */
const slotPatienceMs = 1_000;
/** Runs of backfills end by the hundred: what comes next is looked for once for several of them. */
const gatherMs = 12;

export function createCoordination(edge: CoordinationEdge): Coordination {
  const { id, database, doorbell, timing } = edge;
  const active = new Map<string, { canceled: AbortController; ended: Promise<void> }>();
  let digests: readonly string[] = [];
  let stopped = false;
  let isDraining = false;
  let unlisten: (() => Promise<void>) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | null = null;
  let lookAgain = false;
  const announced = new Set<string>();
  let announcement: NodeJS.Timeout | undefined;
  let gathering: NodeJS.Timeout | undefined;
  let isBeat = false;
  /** Checked by each write that relies on it; renewed with each beat. */
  let held: Coordinator | null = null;
  let cancelsAreOld = true;
  /** Where runs may wait that nobody has claimed. */
  const lanes: readonly Lane[] = edge.background ? ["front", "back"] : ["front"];
  const rung = new Set<Lane>(lanes);
  let mayDispatch = true;
  /** Runs of backfills that have ended since it was looked what may start: few are not worth a look. */
  let freed = 0;
  const places = createPlaces(edge.limits.runs, claimable => {
    // Until the next change it is only a matter of how much is dispatched ahead.
    if (edge.background) void recordBackfillSlots(database, id, claimable).catch(() => {});
  });
  const startStep = together(mostGiven, (steps: readonly { stepId: string; worker: string }[]) =>
    startSteps(database, steps),
  );
  const endRun = together(mostGiven, async (runs: readonly { runId: string; error: RunError | null }[]) => {
    await endRuns(database, id, runs);
    return runs;
  });
  const waitingForSlots = new Set<() => void>();

  return {
    async start() {
      unlisten = await database.listen(hear, () => {
        lookEverywhere();
        edge.heard(null);
      });
      timer = setInterval(() => void keepAlive(), timing.lease / 3);
      // What an engine left behind that was ended a moment ago need not wait for the next beat.
      void keepAlive();
    },
    wake,
    backfillPlaces: places.claimable,
    serve(served) {
      if (!isDraining) digests = served;
      lookEverywhere();
    },
    async drain(patienceMs) {
      isDraining = true;
      digests = [];
      await looking;
      const patience = new Promise(resolve => setTimeout(resolve, patienceMs).unref());
      await Promise.race([Promise.all([...active.values()].map(run => run.ended)), patience]);
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      clearTimeout(gathering);
      for (const { canceled } of active.values()) canceled.abort();
      tellSlotFreed();
      await Promise.all([...active.values()].map(run => run.ended));
      await looking;
      // Who ends right after its run would tell nobody how that ended.
      clearTimeout(announcement);
      await announce();
      await unlisten?.();
      await releaseCoordinator(database, id).catch(() => {});
    },
  };

  function hear(payload: string) {
    edge.heard(payload);
    const [what, runId] = payload.split(" ");
    if (what === "run" && runId) edge.changed(runId);
    // Keys that are removed end backfills that count in them.
    else if (what === "backfill" || what === "partitions") edge.backfillChanged();
    else if (what === "pool") tellSlotFreed();
    else if (what === "automation" || what === "tick" || what === "freshness") return;
    else if (what === "cancel") {
      cancelsAreOld = true;
      wake();
    }
    // What this engine has ended or dispatched itself it has looked at already.
    else if (runId === id) return;
    else if (what === "ended") {
      mayDispatch = true;
      wakeSoon();
    } else if (what === "dispatched") lookEverywhere();
    else wake();
  }

  /** Somebody else may have done something of which this engine knows nothing. */
  function lookEverywhere() {
    forget();
    wake();
  }

  function forget() {
    cancelsAreOld = true;
    held = null;
    mayDispatch = true;
    for (const lane of lanes) rung.add(lane);
  }

  function slotFreed(): Promise<void> {
    return new Promise(resolve => {
      const timer = setTimeout(done, slotPatienceMs);
      waitingForSlots.add(done);
      function done() {
        clearTimeout(timer);
        waitingForSlots.delete(done);
        resolve();
      }
    });
  }

  function tellSlotFreed() {
    for (const done of waitingForSlots) done();
  }

  function wakeSoon() {
    gathering ??= setTimeout(() => {
      gathering = undefined;
      if (freed * 2 >= places.claimable()) wake();
      else lookOnce();
    }, gatherMs);
  }

  /** Looks for what may start, everywhere. */
  function wake() {
    mayDispatch = true;
    lookOnce();
  }

  /** A wake-up during the look makes it look once more. */
  function lookOnce() {
    if (stopped) return;
    lookAgain = true;
    looking ??= look().finally(() => {
      looking = null;
      // Who woke it after its last glance and before now would go unheard.
      if (lookAgain) wake();
    });
  }

  async function look() {
    while (lookAgain && !stopped) {
      lookAgain = false;
      try {
        if (mayDispatch) await coordinate();
        await cancelWhatIsAsked();
        await claim();
        // Nothing waits any more for a place that is free.
        if (freed > 0 && active.size < places.of("back")) wake();
        edge.trouble.well("look");
      } catch (error) {
        forget();
        if (error instanceof Superseded) continue;
        // Most often the database is away; the next beat looks again.
        lookAgain = false;
        edge.trouble.failed("look", error as Error);
        return;
      }
    }
  }

  async function coordinate() {
    mayDispatch = false;
    freed = 0;
    held ??= await holdCoordinator(database, id, timing.lease, edge.limits.allRuns);
    if (held === null) return;
    for (const { id, lane } of await dispatchRuns(database, doorbell, held)) {
      edge.changed(id);
      rung.add(lane);
    }
  }

  async function claim() {
    const unheard = isBeat;
    isBeat = false;
    for (const lane of lanes) {
      if (!rung.delete(lane)) continue;
      for (const digest of digests) {
        const limit = places.room(lane, active.size);
        if (limit <= 0) {
          rung.add(lane);
          continue;
        }
        const claim = { engine: id, digest, lane, limit, leaseMs: timing.lease, unheard };
        const claimed = await claimRuns(database, doorbell, claim);
        if (claimed.length === 0) continue;
        rung.add(lane);
        // Asked once for all of them; when that fails, each ends and says so.
        const steps = stepsOfRuns(database, claimed);
        for (const runId of claimed) {
          run(
            runId,
            steps.then(it => it.get(runId) ?? []),
            digest,
            lane,
          );
        }
      }
    }
  }

  function run(runId: string, steps: Promise<StepRow[]>, digest: string, lane: Lane) {
    const canceled = new AbortController();
    const changed = () => {
      edge.changed(runId);
      announced.add(runId);
      announcement ??= setTimeout(() => void announce(), announceMs);
    };
    // Engines share the runs of all environments that have their definitions.
    const runEdge = (environment: string): RunEdge => ({
      database,
      worker: () => edge.worker(digest),
      dbt: edge.dbt(digest, environment),
      dbtInputs: asset => edge.dbtInputs(digest, asset),
      tableOf: asset => edge.tableOf(environment, asset),
      startStep: (stepId, worker) => startStep({ stepId, worker }),
      changed,
      parallel: edge.limits.steps,
      dynamicKeys: now => edge.dynamicKeys(environment, now),
      poolOf: asset => edge.poolOf(environment, asset),
      slotFreed,
      signal: canceled.signal,
      cancelGraceMs: timing.cancelGrace,
    });
    const execute = async () => {
      const found = await steps;
      const [first] = found;
      if (first) await executeRun(runId, found, runEdge(first.environment));
    };
    const ended = places
      .take(lane)
      .then(leave => execute().finally(leave))
      .then(
        () => null,
        error => toRunError(error),
      )
      .then(async error => {
        await edge.logs.flush();
        await endRun({ runId, error });
      })
      .catch(() => {
        // Without a database the run cannot be ended: its lease runs out, and it is taken over.
      })
      .finally(() => {
        active.delete(runId);
        changed();
        edge.ended(runId);
        if (lane === "front") return wake();
        freed++;
        wakeSoon();
      });
    active.set(runId, { canceled, ended });
    changed();
  }

  /** Other engines' clients are told a moment later, and once for many changes. */
  async function announce() {
    announcement = undefined;
    const runIds = [...announced];
    announced.clear();
    if (runIds.length > 0) await announceRuns(database, runIds).catch(() => {});
  }

  async function cancelWhatIsAsked() {
    if (active.size === 0) return;
    if (cancelsAreOld) {
      cancelsAreOld = false;
      for (const runId of await cancelRequests(database, id)) active.get(runId)?.canceled.abort();
    }
    tellSlotFreed();
  }

  async function keepAlive() {
    try {
      await beat(database, id, timing.lease);
      // The database was away when these ended here, and how they did got lost: they are taken over like a dead engine's.
      const forgotten = (await ownedRuns(database, id)).filter(runId => !active.has(runId));
      if (forgotten.length > 0) await abandonRuns(database, id, forgotten);
      for (const runId of await takeOverLostRuns(database, edge.findEnds)) {
        edge.changed(runId);
        edge.ended(runId);
      }
      // Consumers do it too; this keeps what is left for the next one small.
      await stampVersions(database);
      await edge.beat();
      edge.trouble.well("beat");
    } catch (error) {
      edge.trouble.failed("beat", error as Error);
    }
    isBeat = true;
    lookEverywhere();
  }
}
