/** What dbt knows of one of its nodes, beside what every asset has; plain, so that it crosses every border. */
export interface DbtNode {
  readonly resource: DbtResource;
  readonly package: string;
  /** As `ref` and `source` call it: without version, of a source the table. */
  readonly name: string;
  /** The source that a table belongs to; null for everything else. */
  readonly source: string | null;
  readonly version: string | null;
  /** What `ref` without a version means; true for what has none. */
  readonly isLatest: boolean;
  /** "table", "incremental", "view", "seed"; null for what dbt does not build. */
  readonly materialized: string | null;
  /** dbt makes it batch by batch, each a window of time. */
  readonly isMicrobatch: boolean;
  /** What it is depends on variables of dbt, which its code version does not know of. */
  readonly usesVars?: true;
  /** The column that tells the partition of a row; null when nobody says. */
  readonly partitionColumn: string | null;
  /** Where its rows are; null for exposures. */
  readonly relation: DbtRelation | null;
  readonly tests: readonly DbtTest[];
}

export type DbtResource = "model" | "seed" | "snapshot" | "source" | "exposure";

/** What a run asks of dbt beside its models; it is recorded with the run, so that whoever carries it on does the same. */
export interface DbtRunOptions extends DbtVariant {
  /** Incremental models and seeds are made from nothing. */
  readonly fullRefresh?: boolean;
  /** Models that were never materialized are read where the manifest of `state` says. */
  readonly defer?: boolean;
  /** The folder of that manifest: from the workspace root when it lies there, else absolute. */
  readonly state?: string;
}

/** What makes another project of the same files: a target and variables that are not the usual ones. */
export interface DbtVariant {
  readonly target?: string;
  readonly vars?: Readonly<Record<string, unknown>>;
}

/** What one request may ask of dbt; target and variables belong to the engine as a whole. */
export type DbtRequest = Pick<DbtRunOptions, "fullRefresh" | "defer" | "state">;

/** A table or view as the database knows it. */
export interface DbtRelation {
  readonly database: string | null;
  readonly schema: string;
  readonly table: string;
}

/** A test of dbt; on data it is a check of the asset, a unit test is one of the code alone. */
export interface DbtTest {
  readonly name: string;
  readonly uniqueId: string;
  readonly kind: "data" | "unit";
  /** "warning" where a failure stops nothing. */
  readonly severity: "error" | "warning";
  readonly column: string | null;
  /** Where it is written: the YAML of a generic test, the SQL of a singular one. */
  readonly file: string | null;
  /** The nodes that it also looks at, by id; absent when it looks at nothing but what it tests. */
  readonly looksAt?: readonly string[];
}

/** How the dbt project of a workspace stands: what its graph was read from, and what changed since. */
export interface DbtProjectState {
  readonly name: string;
  /** From the workspace root, with forward slashes: "../dbt_project"; "" is the root itself. */
  readonly folder: string;
  /** Where dbt writes its manifest, from the workspace root. */
  readonly manifest: string;
  /** "provisional": dbt has not parsed it yet, the SQL files' text has to do. */
  readonly graph: "manifest" | "lastGood" | "provisional";
  /**
   * Somebody had dbt write its manifest for another target than ours. The graph is the last good one, of our target;
   * where there is none it is that of the manifest.
   */
  readonly isOfOtherTarget?: true;
  /** When dbt parsed it, ISO 8601; null when it did not. */
  readonly parsedAt: string | null;
  /** What was written since and needs a parse. */
  readonly changes: readonly DbtChange[];
}

/** One file that is not as dbt has seen it; its path is relative to the project. */
export interface DbtChange {
  readonly file: string;
  readonly what: "changed" | "new" | "deleted";
  readonly uniqueId: string | null;
}
