import type { ScannedGraph } from "../../model/assetGraph.ts";
import type { LogLine } from "../../model/run.ts";
import type { DefinitionsBundle } from "../../protocol/worker.ts";
import type { Database, Sql } from "../../store/database.ts";
import type { Definitions } from "../definitions.ts";
import type { Moment } from "../moment.ts";
import type { ReadStands } from "../planRequest.ts";
import type { MeasureSources } from "../sourceFreshness.ts";
import type { Trouble } from "../trouble.ts";
import { conditionLoop } from "./conditions.ts";
import { evaluationLoop } from "./evaluationLoop.ts";
import { freshnessLoop } from "./freshness.ts";
import type { AutomationLoop } from "./loop.ts";
import { maintenanceLoop } from "./maintenanceLoop.ts";
import { sourceLoop } from "./sources.ts";

/** What the loops of automation need of their engine. */
export interface AutomationEdge {
  database: Database;
  environment: string;
  /** The workspace's, absolute. */
  root: string;
  /** What a process is told that loads the definitions. */
  bundle: Omit<DefinitionsBundle, "modules">;
  limits: AutomationLimits;
  /** How many days of events, runs and ticks are kept. */
  keepDays: number;
  /** Epoch milliseconds. */
  clock(): number;
  /** Those that the present graph was loaded from. */
  definitions(): Definitions | null;
  standsAt(graph: ScannedGraph, moment: Moment, sql?: Sql): ReadStands;
  /** Lets dbt measure how new the data of its sources is. */
  measureSources: MeasureSources;
  /** Runs were queued: the coordinator looks, clients are told. */
  queued(runIds: readonly string[]): void;
  /** What goes wrong and is not the fault of an automation. */
  trouble: Trouble;
  /** A line for the log of the engine. */
  tell(line: LogLine): void;
  /** Makes a loop look now. */
  wake(loop: string): void;
}

/** Tests shorten them. */
export interface AutomationLimits {
  /** How long one evaluation of user code may take. */
  evaluationMs: number;
  /** An automation with so many runs that nobody has begun is not evaluated. */
  queuedRuns: number;
}

export const defaultLimits: AutomationLimits = { evaluationMs: 60_000, queuedRuns: 1_000 };

/** Every loop that an engine with automation runs. */
export function automationLoops(edge: AutomationEdge): AutomationLoop[] {
  return [
    evaluationLoop("schedule", edge),
    evaluationLoop("sensor", edge),
    conditionLoop(edge),
    freshnessLoop(edge),
    sourceLoop(edge),
    maintenanceLoop(edge),
  ];
}
