import type { ScannedGraph } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { AssetState } from "../model/assetState.ts";
import type { BackfillPlan, BackfillSummary } from "../model/backfillState.ts";
import type { DbtRequest } from "../model/dbtNode.ts";
import type { Plan } from "../model/plan.ts";
import type { LogLine, RunFilter, RunSummary, StepDetails } from "../model/run.ts";
import type { StateChanges } from "../model/selectionMatch.ts";
import type { StateFigures } from "../model/stateFigures.ts";
import type { FactsHost } from "../protocol/details.ts";
import type { EngineClient, InspectorHost, MaterializeRequest } from "../protocol/engine.ts";
import type {
  BackfillAction,
  BackfillRequest,
  PartitionDetails,
  PartitionMatrix,
} from "../protocol/partitions.ts";
import type { RetryScope } from "../protocol/runs.ts";
import type { StoredHost } from "../protocol/stored.ts";
import type { Database } from "../store/database.ts";
import type { AutomationState } from "./automation/automation.ts";
import type { AutomationQuestions } from "./automation/automationQuestions.ts";
import type { ConditionQuestions } from "./automation/conditionQuestions.ts";
import type { AutomationLimits } from "./automation/loops.ts";
import type { HandRequest } from "./byHand.ts";
import type { Configuration } from "./configuration.ts";
import type { MeasureSources } from "./sourceFreshness.ts";

/** One engine: it loads definitions, plans, and executes the runs that it may claim. */
export interface Engine
  extends AutomationQuestions,
    ConditionQuestions,
    FactsHost,
    StoredHost,
    InspectorHost {
  /** Bundles and loads what has changed since; the graph with all problems of the definitions. */
  definitions(): Promise<ScannedGraph>;
  /** What `materialize` would run, without running it. */
  plan(
    request: Omit<MaterializeRequest, "requestedBy">,
  ): Promise<{ steps: Plan["steps"]; notes: readonly string[] }>;
  materialize(request: MaterializeRequest): Promise<{ runId: string }>;
  cancelRun(runId: string): Promise<boolean>;
  retryRun(runId: string, scope: RetryScope, requestedBy: string): Promise<{ runId: string }>;
  /** The same when dbt has read what changed of its project. */
  presentDefinitions(): Promise<ScannedGraph>;
  /** Lets dbt measure how new the data of sources is, and records it. */
  measureSources: MeasureSources;
  /** What `state:` stands for in a selection; undefined when it asks for nothing of it. */
  stateChanges(selection: string, request?: DbtRequest): Promise<StateChanges | undefined>;
  runs(limit: number, filter?: RunFilter): Promise<RunSummary[]>;
  run(runId: string): Promise<RunSummary | null>;
  runLog(runId: string): Promise<LogLine[]>;
  runDetails(runId: string): Promise<StepDetails[]>;
  assetStates(): Promise<AssetState[]>;
  /** How the partitions of these assets stand, or of all that have some. */
  partitionMatrix(assets: readonly AssetKey[] | null): Promise<PartitionMatrix>;
  partitionDetails(asset: AssetKey, partition: string): Promise<PartitionDetails>;
  planBackfill(request: BackfillRequest): Promise<BackfillPlan>;
  launchBackfill(request: BackfillRequest): Promise<{ backfillId: string }>;
  /** Newest first. */
  backfills(limit: number): Promise<BackfillSummary[]>;
  backfill(backfillId: string): Promise<BackfillSummary | null>;
  actOnBackfill(backfillId: string, action: BackfillAction): Promise<void>;
  /** Oldest first. */
  runsOfBackfill(backfillId: string): Promise<RunSummary[]>;
  /** In the order in which they were added. */
  dynamicKeys(name: string): Promise<readonly string[]>;
  /** Answers the keys for which it made a difference. */
  changeDynamicKeys(
    name: string,
    change: { add?: readonly string[]; remove?: readonly string[] },
  ): Promise<string[]>;
  /** The names of dynamic partitions that have keys. */
  dynamicNames(): Promise<string[]>;
  /** Marks assets as materialized, or forgets that they are. */
  changeByHand(request: HandRequest): Promise<{ asset: AssetKey; changed: number }[]>;
  /** Resolves when it has ended, whoever drives it. */
  waitForBackfill(backfillId: string): Promise<BackfillSummary>;
  /** Resolves when the run has ended, wherever it runs. */
  waitForRun(runId: string): Promise<RunSummary>;
  /** Somebody asks for something: an embedded database that was stopped is started again first. */
  needDatabase(): Promise<void>;
  /** Null: this engine evaluates no automations. */
  automationState(): AutomationState | null;
  /** How much waits and goes on in the state; rejects when the database does not answer. */
  figures(): Promise<StateFigures>;
  /** Takes nothing new, and waits so long for the ends of its runs: before `stop`, which cancels them. */
  drain(patienceMs: number): Promise<void>;
  /** Gives up everything at once, for a process that is about to exit; the next engine ends what it left. */
  abandon(): Promise<void>;
  /** Lets running steps end for the grace period, then closes everything. */
  stop(): Promise<void>;
}

/** Milliseconds; tests shorten them. */
export interface EngineTiming {
  /** A run whose engine has not answered for that long is taken over. */
  lease: number;
  /** How long canceled user code may take to stop before its process is killed. */
  cancelGrace: number;
}

export const defaultTiming: EngineTiming = { lease: 15_000, cancelGrace: 5_000 };

export interface EngineOptions {
  configuration: Configuration;
  database: Database;
  /** Who it is in the state: "command line", "editor", "daemon". */
  name: string;
  timing?: Partial<EngineTiming>;
  /** Loads the definitions while the rest is still starting: for who will run something at once. */
  warm?: boolean;
  /** Whether it carries out backfills: drives them, and takes their runs. */
  background?: boolean;
  /** Whether it evaluates sensors, schedules and conditions, while no other engine of its environment does. */
  automation?: boolean;
  automationLimits?: Partial<AutomationLimits>;
  /** Epoch milliseconds, for automation; tests play a year in a second. */
  clock?: () => number;
  client?: Partial<EngineClient>;
}
