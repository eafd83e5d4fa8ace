import { sweepStaging } from "../integrations/postgres/staging.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { WorkerClient, WorkerHost } from "../protocol/worker.ts";
import type { AutomationDefinition } from "../sdk/automationDefinition.ts";
import type { AssetDefinition, SourceDefinition } from "../sdk/definition.ts";
import { type Database, openDatabase } from "../store/database.ts";
import { workerSessionName } from "../store/ownership.ts";
import { runningAttempts } from "../store/steps.ts";
import { loadDefinitions } from "./definitions.ts";
import { closeInspector, openInspector } from "./inspector.ts";
import { routeConsole } from "./log.ts";
import { evaluateSensor } from "./sensor.ts";
import { executeStep } from "./step.ts";
import { checkStored, previewStored, type StoredSurroundings, storedColumns } from "./stored.ts";

/** The worker's side of the channel: definitions loaded once, steps run side by side, each with its own signal. */
export function createWorker(id: string, { logged, evaluating }: WorkerClient): WorkerHost {
  const steps = new Map<string, AbortController>();
  const ticks = new Map<string, AbortController>();
  let definitions = new Map<AssetKey, AssetDefinition | SourceDefinition>();
  let automations = new Map<string, AutomationDefinition>();
  let database: Database | null = null;
  let root = "";
  let assetSchema = "";

  routeConsole();

  return {
    async load(bundle) {
      root = bundle.root;
      assetSchema = bundle.assetSchema;
      if (!bundle.sensorsOnly) {
        database = openDatabase(bundle.databaseUrl, { name: workerSessionName(id), connections: 20 });
        void sweepLeftovers(database);
      }
      const loaded = await loadDefinitions(bundle);
      definitions = loaded.definitions;
      automations = loaded.automations;
      return { graph: loaded.graph };
    },

    async runStep(order) {
      const asset = definitions.get(order.asset);
      if (!database || !asset)
        throw new Error(`The definitions that are loaded have no asset "${order.asset}".`);
      const canceled = new AbortController();
      steps.set(order.stepId, canceled);
      try {
        return await executeStep(order, asset, {
          database,
          root,
          assetSchema,
          signal: canceled.signal,
          logged,
          partitionsOf: key => definitions.get(key)?.partitions ?? null,
        });
      } finally {
        steps.delete(order.stepId);
      }
    },

    previewRows: order => previewStored(order, surroundings()),
    runChecks: order => checkStored(order, surroundings()),
    storedColumns: order => storedColumns(order, surroundings()),

    cancelStep(stepId) {
      steps.get(stepId)?.abort();
    },

    async runSensor(order) {
      const definition = automations.get(order.name);
      if (!definition)
        throw new Error(`The definitions that are loaded have no ${order.kind} "${order.name}".`);
      const canceled = new AbortController();
      ticks.set(order.id, canceled);
      try {
        return await evaluateSensor(definition, order, { root, signal: canceled.signal, evaluating });
      } finally {
        ticks.delete(order.id);
      }
    },

    ping() {},

    cancelSensor(id) {
      ticks.get(id)?.abort();
    },

    openInspector,
    closeInspector,

    async stop() {
      for (const tick of ticks.values()) tick.abort();
      for (const step of steps.values()) step.abort();
      await database?.close();
      process.exit(0);
    },
  };

  function surroundings(): StoredSurroundings {
    if (!database) throw new Error("No definitions are loaded yet.");
    return { database, root, assetSchema, definition: key => definitions.get(key) };
  }
}

/** What killed workers had staged; a new worker is the moment to look, and nothing waits for it. */
async function sweepLeftovers(database: Database): Promise<void> {
  await sweepStaging(database as never, () => runningAttempts(database)).catch(() => {});
}
