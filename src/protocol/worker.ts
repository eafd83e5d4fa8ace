import type { AssetColumn } from "../model/assetFacts.ts";
import type { ScannedGraph } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { PartitionsDefinition } from "../model/partitionsDefinition.ts";
import type { LogLine, RunError } from "../model/run.ts";
import type { SensorOrder, SensorOutcome } from "../model/sensorTick.ts";
import type { CheckReport, RowsPreview } from "./stored.ts";

/** What the engine asks of a worker, the only process that loads user code. */
export interface WorkerHost {
  /** Imports the bundled asset files; a file that fails is a problem, the others still load. */
  load(bundle: DefinitionsBundle): Promise<LoadedDefinitions>;
  runStep(order: StepOrder): Promise<StepOutcome>;
  /** Aborts the step's signal and cancels its SQL; `runStep` then answers "canceled". */
  cancelStep(stepId: string): void;
  /** Evaluates the function of a sensor or a schedule once. */
  runSensor(order: SensorOrder): Promise<SensorOutcome>;
  /** Aborts the signal of an evaluation. */
  cancelSensor(id: string): void;
  /** Answers at once, unless user code holds the process. */
  ping(): void;
  /** The first rows of what is stored. */
  previewRows(order: StoredOrder & { limit: number }): Promise<Omit<RowsPreview, "asset" | "partition">>;
  /** The columns of what is stored, else those that are declared; null: nobody can tell before it is there. */
  storedColumns(order: StoredOrder): Promise<readonly AssetColumn[] | null>;
  /** Runs checks of an asset on what is stored. */
  runChecks(order: StoredOrder & { checks: readonly string[] }): Promise<CheckReport[]>;
  /** Lets a debugger attach, on this machine only; answers the port. */
  openInspector(): Promise<{ port: number }>;
  closeInspector(): void;
  /** Resolves after everything opened for user code is closed. */
  stop(): Promise<void>;
}

/** What a worker tells the engine, unasked. */
export interface WorkerClient {
  logged(stepId: string, runId: string, lines: LogLine[]): void;
  /** The function of this sensor is about to be called; null: it has given the process back. */
  evaluating(name: string | null): void;
}

export interface DefinitionsBundle {
  /** The workspace root, absolute. */
  root: string;
  /** One per asset file: the source relative to the root, and the bundled module, absolute. */
  modules: { file: string; module: string }[];
  /** The state database. Holds a password: never logged. */
  databaseUrl: string;
  /** Where default tables go when a key has no prefix. */
  assetSchema: string;
  /** True: it will evaluate sensors and run no step, so it connects to no database. */
  sensorsOnly?: boolean;
}

export interface LoadedDefinitions {
  graph: ScannedGraph;
}

/** One attempt at one step. The fence: only this attempt of this step may publish. */
export interface StepOrder {
  runId: string;
  stepId: string;
  attempt: number;
  asset: AssetKey;
  /** Positions in the asset's partitions, first and last; null for an asset without partitions. */
  positions: StepPositions | null;
  /** For a step without positions: the instant that decides which partitions of its inputs exist. */
  now?: number;
  /** The keys of dynamic partitions by their names, as they are now. */
  dynamicKeys?: Record<string, readonly string[]>;
  /** The dbt models that the asset reads, by the keys that it calls them. */
  dbtInputs?: Readonly<Record<string, DbtInput>>;
}

/** What is stored of an asset, or of a partition of it. */
export interface StoredOrder extends Pick<StepOrder, "asset" | "positions" | "dynamicKeys"> {
  /** Of a node of dbt: where it is. */
  model: DbtInput | null;
}

/** A dbt model as who reads it needs to know it: only the manifest tells. */
export interface DbtInput {
  readonly key: AssetKey;
  readonly relation: { readonly schema: string; readonly table: string };
  readonly partitions: PartitionsDefinition | null;
  /** The column that tells the partition of a row; null when nobody says. */
  readonly partitionColumn: string | null;
}

export interface StepPositions {
  /** `partitionsId` of the definition that the positions count in. */
  definition: string;
  first: number;
  last: number;
  /** The instant that decides which partitions exist, epoch milliseconds: the same for all steps of a run. */
  now: number;
  /** The keys of the first and the last one as they were planned: keys that come and go may have moved since. */
  keys?: readonly string[] | null;
}

export type StepOutcome =
  | { status: "succeeded"; rows: number | null }
  | { status: "failed"; error: RunError }
  | { status: "canceled" }
  /** The process ended under the step, which the engine says for nobody else can; or the database went away. */
  | { status: "lost"; error: RunError };
