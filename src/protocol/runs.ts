import type { AssetKey } from "../model/assetKey.ts";
import type { BackfillSummary } from "../model/backfillState.ts";
import type { LogLine, RunSummary, StepDetails } from "../model/run.ts";

/** What of a run is tried again: what it did not bring about, or everything. */
export type RetryScope = "left" | "all";

/** What a lane of a backfill is called. */
export type BackfillName = Pick<BackfillSummary, "id" | "selection" | "partitions">;

/** What the runs picture can be told. */
export interface RunsView {
  /** Replaces everything; selection, filter and zoom stay. */
  show(runs: RunSummary[], backfills: BackfillName[]): void;
  /** Runs that are new or have changed, and backfills that are new. */
  update(runs: RunSummary[], backfills: BackfillName[]): void;
  /** What is known of the steps of a run that is looked at, and all of its log so far; null: the log is as it was. */
  showDetails(runId: string, steps: StepDetails[], log: LogLine[] | null): void;
  /** What a run that is looked at has said since. */
  appendLog(runId: string, lines: LogLine[]): void;
  /** Selects a run, and its step of an asset, as a command or a tree asked. */
  select(runId: string, asset: AssetKey | null): void;
  /** Says why there is nothing to draw, and the one thing to do about it; the next `show` replaces it. */
  showEmpty(cause: string, action: string | null): void;
}

/** What the runs picture may ask of its host. */
export interface RunsHost {
  /** The picture is drawn and listens; the host answers by `show`. */
  ready(): void;
  /** This run is looked at, or none: its details and its log are wanted, now and as they change. */
  look(runId: string | null): void;
  cancel(runId: string): Promise<void>;
  retry(runId: string, scope: RetryScope): Promise<{ runId: string }>;
  materialize(asset: AssetKey): void;
  copy(runId: string): Promise<void>;
  openSource(asset: AssetKey): void;
  /** Opens the source where a step failed. */
  openError(runId: string, stepId: string): void;
  /** Opens the log of a run as a document. */
  openLog(runId: string): void;
  takeAction(): void;
}
