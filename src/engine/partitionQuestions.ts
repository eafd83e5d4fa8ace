import type { ScannedGraph } from "../model/assetGraph.ts";
import type { Database } from "../store/database.ts";
import {
  addDynamicKeys,
  dynamicKeys,
  dynamicPartitionNames,
  removeDynamicKeys,
} from "../store/dynamicPartitions.ts";
import { changeByHand } from "./byHand.ts";
import { type Configuration, ConfigurationError } from "./configuration.ts";
import type { Engine } from "./engine.ts";
import { explainAbsence } from "./explainAbsence.ts";
import { momentAt } from "./moment.ts";
import { readPartitionDetails, readPartitionMatrix } from "./partitionMatrix.ts";
import type { Planner } from "./planner.ts";
import { readStaleness } from "./staleness.ts";

/** What questions about partitions need of their engine. */
export interface PartitionEdge {
  configuration: Configuration;
  database: Database;
  environment: string;
  standsAt: Planner["standsAt"];
  /** Loads what has changed. */
  load(): Promise<ScannedGraph>;
}

type PartitionQuestions = Pick<
  Engine,
  | "partitionMatrix"
  | "partitionDetails"
  | "changeByHand"
  | "dynamicKeys"
  | "dynamicNames"
  | "changeDynamicKeys"
>;

/** The part of an engine that is about partitions, and about what people say of them. */
export function partitionQuestions(edge: PartitionEdge): PartitionQuestions {
  const { database, environment, standsAt } = edge;
  return {
    async partitionMatrix(assets) {
      const { graph, moment } = await present();
      return readPartitionMatrix(graph, moment, standsAt(graph, moment), assets);
    },
    async partitionDetails(asset, partition) {
      const { graph, moment } = await present();
      const [stands, staleness] = await Promise.all([
        standsAt(graph, moment)([asset], { stale: false }),
        readStaleness(database, environment, graph, moment, [asset]),
      ]);
      const stand = stands.get(asset);
      if (!stand) throw new ConfigurationError(`There is no asset "${asset}".`);
      return readPartitionDetails(database, environment, stand, staleness, asset, partition);
    },
    async changeByHand(request) {
      const { graph, moment } = await present();
      const changed = changeByHand(database, environment, graph, moment, request);
      return explainAbsence(edge.configuration, changed);
    },
    dynamicKeys: async name => (await dynamicKeys(database, environment, [name]))[name] ?? [],
    dynamicNames: () => dynamicPartitionNames(database, environment),
    async changeDynamicKeys(name, { add = [], remove = [] }) {
      return [
        ...(add.length > 0 ? await addDynamicKeys(database, environment, name, add) : []),
        ...(remove.length > 0 ? await removeDynamicKeys(database, environment, name, remove) : []),
      ];
    },
  };

  async function present() {
    const graph = await edge.load();
    return { graph, moment: await momentAt(database, environment, graph, Date.now()) };
  }
}
