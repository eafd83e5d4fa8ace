import { resolve } from "node:path";
import { type Overrides, readConfiguration } from "../engine/configuration.ts";
import { createDbtHost } from "../engine/dbtHost.ts";
import { withVariant } from "../engine/dbtVariant.ts";
import { examine } from "../engine/doctor.ts";
import type { Engine } from "../engine/engine.ts";
import { version } from "../engine/installation.ts";
import { startEngine } from "../engine/startEngine.ts";
import { databaseStatus, migrateState, openState, stopState } from "../engine/stateDatabase.ts";
import { connect } from "../protocol/channel.ts";
import { type EngineClient, type EngineHost, engineProtocolVersion } from "../protocol/engine.ts";
import { streamPort } from "../protocol/streamPort.ts";
import { workspaceRoot } from "../scan/workspaceRoot.ts";
import { createVariantEngines } from "./variantEngines.ts";
import type { WorkspaceOptions } from "./workspace.ts";

/** The engine of an editor: the same engine, asked over standard input and output, one JSON message per line. */
export async function serve(options: WorkspaceOptions & { automation?: boolean }): Promise<void> {
  const root = workspaceRoot(resolve(options.root));
  const overrides = {
    ...(options.env ? { environment: options.env } : {}),
    ...(process.env.MILLRACE_EDITOR_DATABASE_URL
      ? { editorDatabaseUrl: process.env.MILLRACE_EDITOR_DATABASE_URL }
      : {}),
  };
  const client: EngineClient = {
    runChanged: run => void editor.runChanged(run).catch(() => {}),
    logged: (runId, lines) => void editor.logged(runId, lines).catch(() => {}),
    assetStatesChanged: states => void editor.assetStatesChanged(states).catch(() => {}),
    definitionsChanged: graph => void editor.definitionsChanged(graph).catch(() => {}),
    backfillChanged: backfill => void editor.backfillChanged(backfill).catch(() => {}),
    automationsChanged: () => void editor.automationsChanged().catch(() => {}),
    ticksEnded: ticks => void editor.ticksEnded(ticks).catch(() => {}),
    partitionsChanged: rows => void editor.partitionsChanged(rows).catch(() => {}),
  };
  // Standard output belongs to the channel; whatever prints must not be taken for a message.
  console.log = console.error;
  let running: Promise<Engine> | null = null;
  const variants = createVariantEngines(engine, (dbt, environment) => start({ dbt, environment }));

  const editor = connect<EngineHost, EngineClient>(streamPort(process.stdin, process.stdout), {
    async hello({ protocol, name }) {
      if (protocol !== engineProtocolVersion) {
        throw new Error(
          `The editor (${name}) speaks version ${protocol} of the engine's protocol, this engine (millrace ${version}) version ${engineProtocolVersion}. Update the older of the two.`,
        );
      }
      return { protocol: engineProtocolVersion, version, root, pid: process.pid };
    },
    materialize: async request => ({ runId: (await (await awake()).materialize(request)).runId }),
    cancelRun: async runId => void (await (await engine()).cancelRun(runId)),
    async retryRun(runId, scope, requestedBy) {
      const { runId: again } = await variants.use(
        await (await awake()).run(runId),
        it => it.retryRun(runId, scope, requestedBy),
        (it, { runId }) => it.waitForRun(runId),
      );
      return { runId: again };
    },
    runs: async (limit, filter) => (await engine()).runs(limit, filter),
    run: async runId => (await engine()).run(runId),
    runLog: async runId => (await engine()).runLog(runId),
    runDetails: async runId => (await engine()).runDetails(runId),
    assetStates: async () => (await engine()).assetStates(),
    measureSources: async only => (await engine()).measureSources(only),
    definitions: async () => (await engine()).definitions(),
    partitionMatrix: async assets => (await engine()).partitionMatrix(assets),
    partitionDetails: async (asset, partition) => (await engine()).partitionDetails(asset, partition),
    planBackfill: async request => (await engine()).planBackfill(request),
    launchBackfill: async request => (await awake()).launchBackfill(request),
    backfills: async limit => (await engine()).backfills(limit),
    actOnBackfill: async (backfillId, action) =>
      variants.use(
        action === "resume" || action === "retry" ? await (await engine()).backfill(backfillId) : null,
        it => it.actOnBackfill(backfillId, action),
        it => it.waitForBackfill(backfillId),
      ),
    dynamicKeys: async name => [...(await (await engine()).dynamicKeys(name))],
    changeDynamicKeys: async (name, change) => void (await (await engine()).changeDynamicKeys(name, change)),
    automations: async () => (await engine()).automations(),
    ticks: async (automation, limit) => (await engine()).ticks(automation, limit),
    switchAutomation: async (automation, to) => (await engine()).switchAutomation(automation, to),
    setAutomationCursor: async (automation, cursor) =>
      (await engine()).setAutomationCursor(automation, cursor),
    testTick: async automation => (await engine()).testTick(automation),
    daemonStatus: async () => (await engine()).daemonStatus(),
    why: async asset => (await engine()).why(asset),
    conditionHistory: async (asset, limit) => (await engine()).conditionHistory(asset, limit),
    simulateCondition: async (asset, request) => (await engine()).simulateCondition(asset, request),
    async database(action) {
      const configuration = await readConfiguration(root, overrides);
      if (action === "stop") {
        await stopEngine();
        await stopState(configuration);
      }
      if (action === "start") await migrateState(configuration);
      return databaseStatus(configuration);
    },
    openInspector: async () => (await engine()).openInspector(),
    closeInspector: async () => (await engine()).closeInspector(),
    previewRows: async request => (await engine()).previewRows(request),
    assetFacts: async asset => (await engine()).assetFacts(asset),
    runChecks: async checks => (await engine()).runChecks(checks),
    doctor: () => examine(root, overrides),
    ...createDbtHost(() => readConfiguration(root, overrides)),
    stop: async () => void setImmediate(end),
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, end);
  await new Promise<void>(resolve => process.stdin.once("close", resolve).once("end", resolve));
  await end();

  /** Started by the first question that needs it, and again after a failure: the database may be back. */
  function engine(): Promise<Engine> {
    running ??= start().catch(error => {
      running = null;
      throw error;
    });
    return running;
  }

  /** For what somebody asked for by hand: it needs a database that was stopped on purpose, too. */
  async function awake(): Promise<Engine> {
    const running = await engine();
    await running.needDatabase();
    return running;
  }

  async function start(other: Overrides = {}): Promise<Engine> {
    const configuration = await withVariant(await readConfiguration(root, { ...overrides, ...other }));
    const database = await openState(configuration, {
      name: "editor",
      progress: line => process.stderr.write(`${line}\n`),
    });
    return startEngine({
      configuration,
      database,
      name: "editor",
      // A database that others share has daemons: an editor evaluates only what is its own.
      automation:
        options.automation === true && configuration.databaseUrl.value === null && other.dbt === undefined,
      // What another target makes is no state of what the editor shows; its runs are told of by the state itself.
      client: other.dbt === undefined ? client : { logged: client.logged },
    });
  }

  async function stopEngine() {
    const engine = await running?.catch(() => null);
    running = null;
    await Promise.all([variants.stop(), engine?.stop()]);
  }

  async function end() {
    setTimeout(() => process.exit(0), 10_000).unref();
    await stopEngine();
    process.exit(0);
  }
}
