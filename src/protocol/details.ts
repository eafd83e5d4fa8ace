import type { AssetDetails } from "../model/assetDetails.ts";
import type { AssetFacts } from "../model/assetFacts.ts";
import type { AssetKey } from "../model/assetKey.ts";

/** What the editor may ask about one asset; a part of `EngineHost`. */
export interface FactsHost {
  /** What is recorded and stored of it; rejects with the sentence to show. */
  assetFacts(asset: AssetKey): Promise<AssetFacts>;
}

/** What the picture of one asset can be told. */
export interface DetailsView {
  /** Replaces everything; of the same asset what was unfolded and scrolled to stays. */
  show(details: AssetDetails, surroundings: DetailsSurroundings): void;
  /** The SQL that dbt makes of it; null where it makes none. */
  showSql(asset: AssetKey, sql: CompiledSql | null): void;
  /** Checks that are being run, by their ids. */
  showRunning(checks: readonly string[]): void;
  /** Says why there is nothing to show, and the one thing to do about it; the next `show` replaces it. */
  showEmpty(cause: string, action: string | null): void;
}

/** What stands around the asset itself. */
export interface DetailsSurroundings {
  /** Its workspace root, to be remembered over a reload of the window. */
  readonly root: string;
  /** False in Restricted Mode: nothing can be run. */
  readonly canRun: boolean;
  /** Whether the engine is still being asked for columns, results and history. */
  readonly isAsking: boolean;
  /** What keeps it from being asked, in words; null when nothing does. */
  readonly notice: string | null;
  /** Whether it stays when something else is selected. */
  readonly isKept: boolean;
  readonly canGoBack: boolean;
}

export interface CompiledSql {
  /** Null: dbt has not compiled it. */
  readonly text: string | null;
  /** ISO 8601. */
  readonly compiledAt: string | null;
  /** The model was written since. */
  readonly isOutdated: boolean;
  readonly isCompiling: boolean;
  /** What dbt says when it cannot. */
  readonly error: string | null;
}

/** What can be done with the asset that is shown. */
export const detailsActions = [
  "materialize",
  "materializeWithUpstream",
  "openSource",
  "openError",
  "showRows",
  "showLineage",
  "showPartitions",
  "showWhy",
  "showRun",
  "runChecks",
  "compile",
  "openSql",
] as const;

export type DetailsAction = (typeof detailsActions)[number];

/** What the picture of one asset may ask of its host. */
export interface DetailsHost {
  /** The picture is drawn and listens, and what it showed before the window was reloaded; the host answers by `show`. */
  ready(remembered: RememberedDetails | null): void;
  /** Another asset of the same graph. */
  look(asset: AssetKey): void;
  back(): void;
  /** Whether it stays when something else is selected. */
  keep(isKept: boolean): void;
  act(action: DetailsAction): void;
  openRun(runId: string): void;
  runCheck(check: string): void;
  /** Opens the line where a check is written. */
  openCheck(check: string): void;
  /** The action that `showEmpty` offered. */
  takeAction(): void;
}

export interface RememberedDetails {
  readonly root: string;
  readonly asset: AssetKey;
  readonly isKept: boolean;
}
