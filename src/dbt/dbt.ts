import type { RunError } from "../model/run.ts";
import type { DbtLook } from "./look.ts";

/** The user's own dbt, ready to run. One invocation after the other or several at once, as it likes. */
export interface Dbt {
  /** Answers when dbt has ended; rejects only for a wrong order. Never throws because a model failed. */
  run(order: DbtOrder): Promise<DbtOutcome>;
  /** Reads the project and writes what it read to `manifest`, absolute; answers what dbt cannot read, or null. */
  parse(place: DbtPlace, manifest: string): Promise<RunError | null>;
  /** Asks dbt something by a command that makes nothing. */
  look<T>(place: DbtPlace, look: DbtLook<T>): Promise<T>;
  /** Starts what is slow, so that the first run does not wait for it. */
  warmUp(order: DbtPlace): Promise<void>;
  /** Interrupts what runs, lets dbt cancel its queries, and ends every process. */
  stop(): Promise<void>;
}

/** Which project, read with which profile: what dbt parses once and then keeps. */
export interface DbtPlace {
  /** The workspace root; files in results are named from here. */
  readonly root: string;
  /** The folder of dbt_project.yml, absolute. */
  readonly project: string;
  /** Where profiles.yml is, absolute; null leaves the choice to dbt. */
  readonly profiles: string | null;
  readonly target: string | null;
  readonly vars: Readonly<Record<string, unknown>>;
  /** Beside our own environment: the password of the generated profile, for one. */
  readonly env: Readonly<Record<string, string>>;
  /** Where the parsed project is kept between processes, absolute: `<root>/.millrace/dbt`. */
  readonly cache: string;
}

/** One invocation of dbt. */
export interface DbtOrder extends DbtPlace {
  readonly command: "build" | "run" | "test" | "seed" | "snapshot";
  /** Unique ids, tests among them; a test that is not named does not run. */
  readonly select: readonly string[];
  readonly fullRefresh: boolean;
  /** The partitions that are made, or null for all of them. */
  readonly window: DbtWindow | null;
  /** An empty folder of this invocation alone, absolute. It holds run_results.json afterwards, also after a crash. */
  readonly folder: string;
  readonly threads: number | null;
  /** Flags of the user's, as they are: ["--defer", "--state", "prod"]. */
  readonly flags: readonly string[];
  readonly signal: AbortSignal;
  readonly onEvent: (event: DbtEvent) => void;
}

/** The partitions of one invocation, as models read them from the settings of their session. */
export interface DbtWindow {
  /** `millrace.partition_start`, ISO 8601 with its zone; "" where partitions are no windows of time. */
  readonly start: string;
  /** `millrace.partition_end`, exclusive. */
  readonly end: string;
  /** `millrace.partition_key`: the key; "" where there are several. */
  readonly key: string;
  /** Whether microbatch models are told too, by event-time flags (dbt 1.9 and later). */
  readonly isEventTime: boolean;
}

/** What dbt says while it runs. */
export type DbtEvent =
  | { readonly type: "invoked"; readonly invocationId: string; readonly version: string }
  | { readonly type: "parsed"; readonly ms: number }
  | { readonly type: "started"; readonly uniqueId: string; readonly at: string }
  | { readonly type: "finished"; readonly result: DbtNodeResult }
  | {
      readonly type: "log";
      readonly level: "info" | "warning" | "error";
      readonly uniqueId: string | null;
      readonly message: string;
      readonly at: string;
    };

/** How one node ended. */
export interface DbtNodeResult {
  readonly uniqueId: string;
  /** Models, seeds and snapshots: succeeded, partial, failed, skipped. Tests: passed, warned, failed, skipped. */
  readonly status: "succeeded" | "partial" | "passed" | "warned" | "failed" | "skipped" | "nothing";
  /** Null where the database did not say. */
  readonly rows: number | null;
  readonly durationMs: number;
  /** "SELECT 24", "Got 3 results, configured to fail if != 0". */
  readonly message: string | null;
  /** Rows that a test found; null for what is no test. */
  readonly failures: number | null;
  /** As the database quotes it: "db"."schema"."table". */
  readonly relation: string | null;
  /** Null unless the status is failed; a failed test has none either, unless its SQL is wrong. */
  readonly error: RunError | null;
  /** The batches of a microbatch model, each with start and end; null for what has none. */
  readonly batches: DbtBatches | null;
}

/** Windows of time, ISO 8601. */
export interface DbtBatches {
  readonly succeeded: readonly (readonly [string, string])[];
  readonly failed: readonly (readonly [string, string])[];
}

/** How an invocation ended. */
export interface DbtOutcome {
  /**
   * done: it is known how each node ended, whatever that is. failed: dbt did not get as far as running anything.
   * lost: its process ended without an account, so what it did last is unknown.
   */
  readonly status: "done" | "failed" | "canceled" | "lost";
  readonly invocationId: string | null;
  readonly version: string | null;
  readonly results: readonly DbtNodeResult[];
  /** What was selected and has no result. */
  readonly unaccounted: readonly string[];
  /** Why dbt did not close its account, with file and line where it named them; a failing hook after the last node, for one. */
  readonly error: RunError | null;
}
