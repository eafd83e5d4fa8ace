import type { ScannedGraph } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { AssetState } from "../model/assetState.ts";
import type { BackfillPlan, BackfillSummary } from "../model/backfillState.ts";
import type { DbtRequest } from "../model/dbtNode.ts";
import type { LogLine, RunFilter, RunSummary, StepDetails } from "../model/run.ts";
import type { AutomationClient, AutomationHost } from "./automation.ts";
import type { ConditionHost } from "./conditions.ts";
import type { DbtHost } from "./dbt.ts";
import type { FactsHost } from "./details.ts";
import type {
  BackfillAction,
  BackfillRequest,
  PartitionDetails,
  PartitionMatrix,
  PartitionRow,
} from "./partitions.ts";
import type { RetryScope } from "./runs.ts";
import type { StoredHost } from "./stored.ts";

/** Raised when a message changes its meaning; editor and engine of different numbers refuse each other. */
export const engineProtocolVersion = 2;

/** What the editor may ask of the engine. The command line asks the same of the engine in its own process. */
export interface EngineHost
  extends AutomationHost,
    ConditionHost,
    DbtHost,
    FactsHost,
    StoredHost,
    InspectorHost {
  /** First call of every client; rejects when the two sides speak different versions. */
  hello(client: { protocol: number; name: string }): Promise<EngineGreeting>;
  /** Plans and queues a run; rejects, before anything runs, with the sentence to show. */
  materialize(request: MaterializeRequest): Promise<{ runId: string }>;
  cancelRun(runId: string): Promise<void>;
  /** A new run of what a run has left, or of all of it; rejects with the sentence to show. */
  retryRun(runId: string, scope: RetryScope, requestedBy: string): Promise<{ runId: string }>;
  /** Newest first. */
  runs(limit: number, filter?: RunFilter): Promise<RunSummary[]>;
  run(runId: string): Promise<RunSummary | null>;
  runLog(runId: string): Promise<LogLine[]>;
  /** What the summary of a run leaves out, step by step in its order. */
  runDetails(runId: string): Promise<StepDetails[]>;
  /** The state of every asset that the state database knows or a scan finds. */
  assetStates(): Promise<AssetState[]>;
  /** The graph of the loaded definitions, with their problems. */
  definitions(): Promise<ScannedGraph>;
  /** Lets dbt measure how new the data of sources is: of these, or of all that say how new it must be. */
  measureSources(only: AssetKey[] | null): Promise<SourceMeasure[]>;
  /** How the partitions of these assets stand, or of all that have some. */
  partitionMatrix(assets: AssetKey[] | null): Promise<PartitionMatrix>;
  partitionDetails(asset: AssetKey, partition: string): Promise<PartitionDetails>;
  /** What a backfill would do; rejects with the sentence to show. */
  planBackfill(request: BackfillRequest): Promise<BackfillPlan>;
  launchBackfill(request: BackfillRequest): Promise<{ backfillId: string }>;
  /** Newest first. */
  backfills(limit: number): Promise<BackfillSummary[]>;
  actOnBackfill(backfillId: string, action: BackfillAction): Promise<void>;
  /** The keys of dynamic partitions, in the order in which they were added. */
  dynamicKeys(name: string): Promise<string[]>;
  changeDynamicKeys(name: string, change: { add: string[]; remove: string[] }): Promise<void>;
  database(action: "status" | "start" | "stop"): Promise<DatabaseStatus>;
  doctor(): Promise<DoctorLine[]>;
  stop(): Promise<void>;
}

/** What a debugger needs: where the process listens that runs the user's code. */
export interface InspectorHost {
  /** Of the worker with the present definitions; it goes on until it is closed. */
  openInspector(): Promise<{ port: number }>;
  closeInspector(): Promise<void>;
}

/** What the engine tells its client, unasked. */
export interface EngineClient extends AutomationClient {
  runChanged(run: RunSummary): void;
  logged(runId: string, lines: LogLine[]): void;
  assetStatesChanged(states: AssetState[]): void;
  definitionsChanged(graph: ScannedGraph): void;
  backfillChanged(backfill: BackfillSummary): void;
  partitionsChanged(rows: Pick<PartitionRow, "asset" | "ranges">[]): void;
}

export interface EngineGreeting {
  protocol: number;
  version: string;
  root: string;
  pid: number;
}

export interface MaterializeRequest {
  /** The selection grammar of semantics 1.2. */
  selection: string;
  /** "2026-01-01" or "2026-01-01...2026-01-31,2026-02-03"; needed when partitioned assets are selected. */
  partitions?: string | null;
  /** Of those, or of all, only what stands so now. */
  only?: ("missing" | "failed" | "stale")[];
  dbt?: DbtRequest;
  requestedBy: string;
}

/** How new the data of a source is, as dbt has just found it. */
export interface SourceMeasure {
  asset: AssetKey;
  /** dbt's words: error is older than it may be. Failed: dbt could not look. */
  status: "pass" | "warn" | "error" | "failed";
  /** The time of its newest row, ISO 8601; null: it holds none, or dbt could not look. */
  loadedAt: string | null;
  checkedAt: string | null;
  /** Why dbt could not look. */
  error: string | null;
}

export interface DatabaseStatus {
  kind: "embedded" | "url";
  state: "running" | "stopped" | "unreachable";
  /** Without its password. */
  url: string | null;
  /** "PostgreSQL 16.14", null when it does not run. */
  version: string | null;
  /** Where the setting came from: "MILLRACE_DATABASE_URL", "default: embedded PostgreSQL". */
  source: string;
  problem: string | null;
}

/** One line of `millrace doctor`: a value, where it came from, and what to do when it is wrong. */
export interface DoctorLine {
  name: string;
  value: string;
  source: string;
  state: "ok" | "warning" | "error";
  advice: string | null;
}
