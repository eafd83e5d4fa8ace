import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { ScannedGraph } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { BackfillSummary } from "../model/backfillState.ts";
import type { LogLine } from "../model/run.ts";
import type { DbtProject } from "../scan/dbtProject.ts";
import { joinLoaded } from "../scan/joinLoaded.ts";
import { recordLook } from "../store/checkResults.ts";
import { releaseCoordinator } from "../store/dispatch.ts";
import { openDoorbell } from "../store/doorbell.ts";
import { maintainEvents } from "../store/events.ts";
import { stateFigures } from "../store/figures.ts";
import {
  abandonRuns,
  digestsInUse,
  recordDigests,
  registerEngine,
  removeEngine,
} from "../store/ownership.ts";
import type { Pool } from "../store/pools.ts";
import { dropOld } from "../store/retention.ts";
import { createAssetFacts } from "./assetFacts.ts";
import { createAutomation } from "./automation/automation.ts";
import { automationQuestions } from "./automation/automationQuestions.ts";
import { conditionQuestions } from "./automation/conditionQuestions.ts";
import { type AutomationEdge, automationLoops, defaultLimits } from "./automation/loops.ts";
import { createTickReporter } from "./automation/tickReporter.ts";
import { createBackfillDriver } from "./backfillDriver.ts";
import { backfillQuestions } from "./backfillQuestions.ts";
import { createBackfillReporter, noBackfillReporter } from "./backfillReporter.ts";
import { createCoordination } from "./coordination.ts";
import { planWithDbt } from "./currentDbt.ts";
import { createCurrentStates } from "./currentStates.ts";
import { createDatabaseWatch } from "./databaseWatch.ts";
import { showByDbt } from "./dbtCommands.ts";
import { flagsOfRun } from "./dbtDefer.ts";
import { createDbtSteps } from "./dbtExecution.ts";
import { findDbtEnds } from "./dbtRecovery.ts";
import { createDbtRequests } from "./dbtRequests.ts";
import { createDbtSession } from "./dbtSession.ts";
import { createDbtTestRuns } from "./dbtTestRuns.ts";
import { nameOf } from "./dbtVariant.ts";
import { createDefinitionsBundler, type Definitions } from "./definitions.ts";
import { defaultTiming, type Engine, type EngineOptions } from "./engine.ts";
import { createForeignRuns, unsureInWords } from "./foreignRuns.ts";
import { assetsWithPolicy } from "./freshness.ts";
import { createInspector } from "./inspector.ts";
import { version } from "./installation.ts";
import { createCodeLoader, type LoadedCode } from "./loadedCode.ts";
import { momentAt } from "./moment.ts";
import { loadOtherDefinitions } from "./otherDefinitions.ts";
import { readPartitionMatrix } from "./partitionMatrix.ts";
import { partitionQuestions } from "./partitionQuestions.ts";
import { createPlanner } from "./planner.ts";
import { createReporter } from "./reporter.ts";
import { createRunLogs } from "./runLogs.ts";
import { runQuestions } from "./runQuestions.ts";
import { createMeasureSources } from "./sourceFreshness.ts";
import { careForState } from "./stateDatabase.ts";
import { createStored } from "./stored.ts";
import { createTrouble } from "./trouble.ts";
import { createWorkers } from "./workers.ts";

/** Joins state, definitions and workers. It owns none of them in silence: `stop` closes what it opened. */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { configuration, database, name } = options;
  const timing = { ...defaultTiming, ...options.timing };
  const environment = configuration.environment.value;
  const clock = options.clock ?? Date.now;
  const id = randomUUID();
  const bundler = createDefinitionsBundler(configuration.root, configuration.assets.value ?? undefined);
  const logs = createRunLogs(database, (runId, lines) => options.client?.logged?.(runId, lines));
  const definitionsBundle = {
    root: configuration.root,
    databaseUrl: database.url,
    assetSchema: configuration.assetSchema.value,
  };
  const workers = createWorkers(definitionsBundle, logs.add);
  const code = createCodeLoader(configuration, bundler, workers);
  const session = createDbtSession(configuration, database.url);
  const testRuns = createDbtTestRuns(session, project => flagsOfRun(configuration, {}, project));
  const dbtRequests = createDbtRequests(configuration, database, code, session);
  const measureSources = createMeasureSources(database, environment, session, async () => {
    // Who is told of it is told of the sources that there are now.
    await load();
    return code.latest() as LoadedCode;
  });
  const foreignRuns = createForeignRuns(database, configuration);
  const databaseWatch = createDatabaseWatch({
    probe: () => database.query("select 1"),
    embedded: careForState(configuration),
    tell,
  });
  const warming = options.warm ? code.load() : null;
  // Whoever asks for the definitions hears of it; until then nobody listens.
  warming?.catch(() => {});
  const background = options.background ?? true;
  const backfillSlots = background ? Math.max(configuration.parallelRuns.value - 1, 1) : 0;
  const [doorbell] = await Promise.all([
    openDoorbell(database),
    registerEngine(database, {
      id,
      name,
      host: hostname(),
      pid: process.pid,
      version,
      backfillSlots,
    }),
  ]);
  let known: ScannedGraph | null = null;
  const { plan, planBackfill, standsAt } = createPlanner({
    ...{ configuration, database, environment, code, session, dbtRequests, load, say },
    backfillSlots,
  });
  const states = createCurrentStates({ database, environment, standsAt, graph: () => known });
  const reporter = createReporter(database, states, options.client ?? {});
  const { backfillChanged, partitionsChanged } = options.client ?? {};
  const tellBackfill = async (backfill: BackfillSummary) => {
    backfillChanged?.(backfill);
    if (!partitionsChanged || known === null) return;
    const moment = await momentAt(database, environment, known, Date.now());
    const assets = backfill.progress.map(it => it.asset);
    const { rows } = await readPartitionMatrix(known, moment, standsAt(known, moment), assets);
    partitionsChanged(rows.map(({ asset, ranges }) => ({ asset, ranges })));
  };
  const isHeard = backfillChanged !== undefined || partitionsChanged !== undefined;
  const backfillReporter = isHeard ? createBackfillReporter(database, tellBackfill) : noBackfillReporter;
  const driver = createBackfillDriver({
    engine: id,
    database,
    leaseMs: timing.lease,
    variant: nameOf(configuration.dbt.value.variant),
    slots: () => coordination.backfillPlaces(),
    queued: () => coordination.wake(),
    changed: backfillReporter.changed,
  });
  const coordination = createCoordination({
    id,
    database,
    doorbell,
    worker: digest => workers.get(code.get(digest)?.definitions.digest ?? digest),
    dbtInputs: (digest, asset) => code.get(digest)?.dbtInputs(asset) ?? {},
    dbt: (digest, environment) => {
      const found = code.get(digest);
      if (!found?.dbt.project) return null;
      const { graph, dbt } = found;
      return createDbtSteps({
        ...{ database, environment, session, graph, configuration, testRuns },
        project: dbt.project as DbtProject,
        logged: logs.add,
      });
    },
    logs,
    timing,
    dynamicKeys: async (environment, now) =>
      known ? (await momentAt(database, environment, known, now)).keys : {},
    poolOf,
    findEnds: runId => findDbtEnds(database, configuration.root, runId),
    tableOf: (environment, asset) => ({ environment, name: `dbt ${asset}`, slots: 1 }),
    limits: {
      runs: configuration.parallelRuns.value,
      steps: configuration.parallelSteps.value,
      allRuns: configuration.allRuns.value,
    },
    background,
    changed: reporter.changed,
    ended: driver.runEnded,
    backfillChanged: driver.look,
    heard(payload) {
      automation?.heard(payload);
      ticks.heard(payload);
      if (payload === "freshness" && known) reporter.assetsChanged(assetsWithPolicy(known));
    },
    beat: driver.beat,
    trouble: createTrouble("Runs", databaseWatch.isAway, tell),
  });
  let present: string | null = null;
  let bundled: Definitions | null = null;
  const automationTrouble = createTrouble("Automations", databaseWatch.isAway, tell);
  const automationEdge: AutomationEdge = {
    ...{ database, environment, clock, standsAt, measureSources },
    root: configuration.root,
    bundle: definitionsBundle,
    limits: { ...defaultLimits, ...options.automationLimits },
    keepDays: configuration.eventDays.value,
    definitions: () => bundled,
    queued: runsQueued,
    trouble: automationTrouble,
    tell: line => options.client?.logged?.("", [line]),
    wake: loop => automation?.wake(loop),
  };
  const automation = options.automation
    ? createAutomation({
        ...{ engine: id, database, environment, clock },
        leaseMs: timing.lease,
        loops: automationLoops(automationEdge),
        trouble: automationTrouble,
      })
    : null;
  const ticks = createTickReporter(database, environment, options.client ?? {});
  await coordination.start();
  const keepDays = configuration.eventDays.value;
  // Not awaited: nothing that is asked of a new engine depends on next week's partitions but the first log line.
  const maintained = maintainEvents(database, keepDays).catch(() => {});
  // Where automations are evaluated, a loop does it; where nobody evaluates any, old runs are to go as well.
  const cleaned =
    background && !automation
      ? maintained.then(() => dropOld(database, environment, keepDays, clock())).catch(() => {})
      : null;

  return {
    ...conditionQuestions({
      ...{ database, environment, clock },
      load: async () => ({ graph: await load(), digest: present as string }),
      async loadFile(file, unsaved) {
        const loaded = await loadOtherDefinitions(definitionsBundle, file, unsaved);
        const dbt = code.latest()?.dbt;
        return dbt ? joinLoaded(loaded, dbt).graph : loaded;
      },
    }),
    ...runQuestions({
      ...{ database, configuration, code, dbtRequests, reporter, logs, plan, maintained },
      digest: () => present as string,
      wake: coordination.wake,
    }),
    ...partitionQuestions({ configuration, database, environment, standsAt, load }),
    ...backfillQuestions({
      ...{ database, environment, maintained, load, plan: planBackfill },
      digest: () => present as string,
      dbtOptions: dbtRequests.optionsFor,
      wake: coordination.wake,
      changed(backfillId) {
        driver.look();
        backfillReporter.changed(backfillId);
      },
    }),
    ...automationQuestions(automationEdge, load, () => known),
    ...createInspector(code, workers),
    ...createStored({
      ...{ code, workers, testRuns },
      momentOf: ({ graph }) => momentAt(database, environment, graph, Date.now()),
      loadForDbt: assets =>
        planWithDbt(code, session, { plan: () => code.load(), assetsOf: () => assets, say }),
      async record(found) {
        await recordLook(database, environment, found);
        reporter.assetsChanged(found.map(it => it.asset));
      },
      showByDbt: (node, limit) => showByDbt(configuration, node, limit),
    }),
    ...createAssetFacts({
      ...{ database, environment, code, workers },
      momentOf: ({ graph }) => momentAt(database, environment, graph, Date.now()),
    }),
    definitions: load,
    async presentDefinitions() {
      await dbtRequests.refresh();
      return load();
    },
    stateChanges: dbtRequests.changes,
    measureSources,
    assetStates: () => states(),
    async abandon() {
      workers.kill();
      await Promise.all([releaseCoordinator(database, id), abandonRuns(database, id)]);
    },
    automationState: () => automation?.state() ?? null,
    needDatabase: databaseWatch.need,
    figures: () => stateFigures(database, environment),
    async drain(patienceMs) {
      await automation?.stop();
      await coordination.drain(patienceMs);
    },
    async stop() {
      await databaseWatch.stop();
      await automation?.stop();
      await driver.stop();
      await coordination.stop();
      await backfillReporter.stop();
      await bundler.close();
      await Promise.all([workers.stop(), session.stop()]);
      await logs.flush();
      await reporter.stop();
      await Promise.all([maintained, cleaned]);
      await removeEngine(database, id).catch(() => {});
      await doorbell.close();
      await database.close();
    },
  };

  /** A pool that nobody configured has one slot: what names it runs one after another. */
  function poolOf(environment: string, asset: AssetKey): Pool | null {
    const name = known?.assets.find(it => it.key === asset)?.pool ?? null;
    return name === null ? null : { environment, name, slots: configuration.pools.value[name] ?? 1 };
  }

  function runsQueued(runIds: readonly string[]) {
    for (const runId of runIds) reporter.changed(runId);
    coordination.wake();
  }

  function say(message: string) {
    tell("info", message);
  }

  function tell(level: LogLine["level"], message: string) {
    options.client?.logged?.("", [{ at: new Date().toISOString(), level, asset: null, message }]);
  }

  async function load(): Promise<ScannedGraph> {
    const loaded = await code.load();
    const { digest, graph, definitions } = loaded;
    // What people have dbt do counts too; when it cannot be read, the next one who asks tries again.
    const madeByHand = await foreignRuns(loaded).catch(() => null);
    if (madeByHand && madeByHand.assets.length > 0) reporter.assetsChanged(madeByHand.assets);
    for (const asset of madeByHand?.unsure ?? []) say(unsureInWords(asset));
    if (digest === present && graph === known) return graph;
    known = graph;
    bundled = definitions;
    if (digest !== present) {
      present = digest;
      // Asked before the state is: what is submitted by then stands there.
      const submitting = code.submitting();
      await doorbell.open(digest);
      const needed = await digestsInUse(database, code.digests());
      code.keepOnly(new Set([...needed, ...submitting, digest]));
      await recordDigests(database, id, code.digests());
      coordination.serve(code.digests());
      if (background) driver.serve(graph, digest, code.digests());
      automation?.serve(graph, digest);
      // What requests itself comes without a word before.
      const project = code.get(digest)?.dbt.project;
      if (automation && project && graph.assets.some(it => it.dbt && it.condition)) session.warmUp(project);
    }
    options.client?.definitionsChanged?.(graph);
    // What partitions there are, and what is stale, only the definitions tell.
    reporter.assetsChanged(graph.assets.map(it => it.key));
    return graph;
  }
}
