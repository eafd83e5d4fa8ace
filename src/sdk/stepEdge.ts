import type { DbtReference } from "../model/dbtReference.ts";
import type { CheckResult } from "./check.ts";
import type { Log, MetadataValue } from "./context.ts";
import type { AssetDefinition, InputDefinition, SourceDefinition } from "./definition.ts";
import type { DynamicKeyChanges } from "./dynamicPartitions.ts";
import type { Database, IoManager, StreamingSql } from "./ioManager.ts";
import type { ResourceDefinition } from "./resource.ts";
import type { Slice } from "./slice.ts";

/** Everything a step needs from where it runs: a worker with a database, or a unit test with none. */
export interface StepEdge {
  /** The table of a dbt model as the manifest has it; absent where there is no dbt project. */
  readonly dbtRelation?: (reference: DbtReference) => { schema: string; table: string } | null;
  readonly signal: AbortSignal;
  readonly log: Log;
  readonly runId: string;
  readonly stepId: string;
  readonly attempt: number;
  /** Where default tables go when a key has no prefix. */
  readonly assetSchema: string;
  /** The partitions this step makes; null for an asset without partitions. */
  readonly slice: Slice | null;
  /** Which partitions of an input the slice needs; null: everything. */
  inputSlice(input: InputDefinition): Slice | null;
  /** Adds and removes keys of the dynamic partitions of a name, at once; may be asked for the same again. */
  readonly changeDynamicKeys: (name: string, changes: DynamicKeyChanges) => Promise<void>;
  /** Absent in unit tests; an I/O manager that asks for it then fails with a clear message. */
  readonly database?: Database;
  /** The I/O manager of an asset or a source: its own, or the default. */
  io(definition: AssetDefinition | SourceDefinition): IoManager;
  /**
   * A value to use instead of opening the resource; it is not closed after the step. Undefined: open it.
   * `name` is what the asset calls the resource.
   */
  openResource?(resource: ResourceDefinition, name: string): { readonly value: unknown } | undefined;
  /**
   * Runs `work` in one short transaction, records the materialization with the facts and the checks that
   * `work` answers, verifies last that this attempt still owns the step, and commits. When `work` throws,
   * nothing of the transaction may remain. May call `work` again after a failure of the transaction.
   * Rows that `work` answers are recorded instead of those of the facts: they were only counted in it.
   */
  publish(
    asset: AssetDefinition,
    work: (transaction: StreamingSql) => Promise<PublishedWork>,
    facts: MaterializationFacts,
  ): Promise<void>;
}

/** What was done in the publishing transaction. */
export interface PublishedWork {
  readonly checks: readonly CheckResult[];
  readonly rows?: number | null;
}

/** What is recorded with a materialization, beside the checks that run inside the transaction. */
export interface MaterializationFacts {
  /** Null when the value is not rows, or the asset did its own writing. */
  readonly rows: number | null;
  readonly metadata: Readonly<Record<string, MetadataValue>>;
  /** By `context.dataVersion`; absent: it follows from the code version and the inputs. */
  readonly dataVersion?: string;
  /** Checks with user code, which ran before. */
  readonly checks: readonly CheckResult[];
}

/** How a step ended that succeeded: what is recorded of it, with all of its checks. */
export type StepResult = MaterializationFacts;
