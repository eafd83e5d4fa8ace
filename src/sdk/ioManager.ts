import type { AssetKey } from "../model/assetKey.ts";
import type { DefinitionFault } from "../model/definitionFault.ts";
import type { PartitionsDefinition } from "../model/partitionsDefinition.ts";
import type { CheckResult, SqlCheck } from "./check.ts";
import type { Columns } from "./columns.ts";
import type { Row } from "./row.ts";
import type { Slice } from "./slice.ts";

/**
 * Stores what an asset returns and loads it for its consumers.
 * "transactional": it publishes inside the step's transaction, so data and state cannot disagree.
 * "recorded after": the outside commits first, then the materialization is recorded.
 */
export interface IoManager {
  readonly guarantee: "transactional" | "recorded after";
  /** The relation an asset lives in, when it is one; two assets in one relation are a definition error. */
  relation?(asset: AssetKey, assetSchema: string): { schema: string; table: string };
  /** Why it cannot store an asset that is cut so and has such columns; null when it can. A definition error. */
  fault?(partitions: PartitionsDefinition | null, columns: Columns | null): DefinitionFault | null;
  /** Brings the value to where it can be checked and published quickly. Nothing visible changes yet. */
  stage(output: OutputContext, value: unknown): Promise<StagedOutput>;
  /** Answers what consumers receive; an AsyncIterable of rows when `input.stream` says so. */
  load(input: InputContext): Promise<unknown>;
  /**
   * A select that answers the same rows, for SQL that reads them where they are; its parameters are added to
   * `values`. Absent when they are not in the state database. `stage` then takes a `BoundQuery` as well as rows.
   */
  select?(input: InputContext, values: unknown[]): Promise<string>;
}

export function isIoManager(value: unknown): value is IoManager {
  const { stage, load } = (value ?? {}) as Partial<IoManager>;
  return typeof stage === "function" && typeof load === "function";
}

export interface StagedOutput {
  /** Null when there are none to count; of a query it is known once `publish` has answered. */
  readonly rows: number | null;
  /** What checks with user code read; called once per such check. */
  read(): AsyncIterable<Row>;
  /**
   * Makes it visible: inside the step's one short transaction when the guarantee is "transactional", else
   * before that transaction, with a connection for each query. Answers how each of `checks` ended.
   */
  publish(transaction: StreamingSql, checks: readonly SqlCheck[]): Promise<CheckResult[]>;
  /** Removes what `stage` left; called whatever happened after `stage` answered. */
  discard(): Promise<void>;
}

export interface OutputContext {
  readonly asset: AssetKey;
  readonly assetSchema: string;
  readonly columns: Columns | null;
  /** The partitions that are replaced; null: the whole asset, which has none. */
  readonly slice: Slice | null;
  /** True when a check with user code will call `read`: the rows must then be kept somewhere. */
  readonly readBeforePublish: boolean;
  /** Connections to the state database, outside the publishing transaction. */
  readonly database: Database;
  readonly signal: AbortSignal;
  readonly runId: string;
  readonly stepId: string;
  readonly attempt: number;
}

export interface InputContext {
  /** The upstream asset or source that is loaded. */
  readonly asset: AssetKey;
  readonly relation: { schema: string; table: string } | null;
  readonly assetSchema: string;
  readonly columns: Columns | null;
  /** The partitions of the upstream that are read; null: everything. May be empty: then no row is read. */
  readonly slice: Slice | null;
  /** True: answer an AsyncIterable of rows, with bounded memory. */
  readonly stream: boolean;
  readonly database: Database;
  readonly signal: AbortSignal;
}

/** One connection that runs SQL; the client of `pg` fits. */
export interface Sql {
  query<R extends Row = Row>(
    text: string,
    values?: unknown[],
  ): Promise<{ rows: R[]; rowCount: number | null }>;
}

/** A connection that can also stream by the COPY protocol or by a cursor: hands a submittable to `pg`. */
export interface StreamingSql extends Sql {
  submit<T>(submittable: T): T;
}

/** The state database as an I/O manager may use it, and which relations in it are Millrace's own. */
export interface Database {
  /** A connection of its own for the time of `work`; canceling the step cancels its query. */
  connect<T>(work: (sql: StreamingSql) => Promise<T>): Promise<T>;
  transaction<T>(work: (sql: StreamingSql) => Promise<T>): Promise<T>;
  /** Which asset created this relation, or null when Millrace did not create it. */
  relationOwner(sql: Sql, relation: { schema: string; table: string }): Promise<AssetKey | null>;
  /** Records that Millrace created this relation, in the transaction that creates it. */
  recordRelation(sql: Sql, relation: { schema: string; table: string }, asset: AssetKey): Promise<void>;
}
