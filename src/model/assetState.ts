import type { AssetKey } from "./assetKey.ts";
import type { FreshnessState } from "./freshness.ts";
import type { RunError } from "./run.ts";

/** The one vocabulary of states in tree, CodeLens, lineage and terminal. */
export type AssetStateName =
  | "materialized"
  | "stale"
  | "missing"
  | "queued"
  | "running"
  | "failed"
  | "skipped"
  | "canceled"
  | "unknown"
  | "partly";

/** What is known about an asset now. */
export interface AssetState {
  readonly asset: AssetKey;
  readonly state: AssetStateName;
  /** The last materialization, ISO 8601, also when something newer failed. */
  readonly materializedAt: string | null;
  readonly rows: number | null;
  /** How long the last materialization took. */
  readonly durationMs: number | null;
  /** When the present state began, ISO 8601 (a running step's start). */
  readonly since: string | null;
  /** Why it is stale, waits, or was skipped, in words. */
  readonly reason: string | null;
  readonly error: RunError | null;
  readonly runId: string | null;
  /** Why the last of its stale partitions is stale, in words; absent when none is. */
  readonly staleReason?: string;
  /** The checks that do not hold, by the last word that was said of each; absent where all do. */
  readonly failedChecks?: readonly FailedCheck[];
  /**
   * When somebody had dbt make it by hand, ISO 8601, and nobody knows which of its partitions; absent once all that are
   * there were made or marked since.
   */
  readonly unsureSince?: string;
  /** How fresh it is; absent where no policy asks for it. */
  readonly freshness?: AssetFreshness;
  /** The partitions in their order, as ranges of equal state; absent for an unpartitioned asset. */
  readonly parts?: readonly PartsInState[];
}

/** A check that does not hold, as a run or somebody who looked found it. */
export interface FailedCheck {
  readonly name: string;
  readonly severity: "error" | "warning";
  readonly message: string | null;
  /** When it was looked at, ISO 8601. */
  readonly at: string;
}

/** How fresh an asset is now. */
export interface AssetFreshness {
  readonly state: FreshnessState;
  /** The policy in a few words: "within 1 d". */
  readonly policy: string;
  /** Since when, ISO 8601, in so far as the policy says. */
  readonly since: string | null;
  /** When it will be another state, if nothing is materialized until then. */
  readonly changesAt: string | null;
}

/** So many partitions in a row that share a state: one piece of a partitions bar. */
export interface PartsInState {
  readonly state: AssetStateName;
  readonly count: number;
}

/** The state of an asset of which nothing is known but that it is not there. */
export function missingState(asset: AssetKey): AssetState {
  return {
    ...{ asset, state: "missing", materializedAt: null, rows: null, durationMs: null, since: null },
    ...{ reason: null, error: null, runId: null },
  };
}
