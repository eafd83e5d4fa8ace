import type { AssetDetails } from "../../src/model/assetDetails.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";
import type { CompiledSql, DetailsAction, DetailsSurroundings } from "../../src/protocol/details.ts";

/** What is to be seen at one moment. */
export interface Scene {
  readonly details: AssetDetails;
  readonly surroundings: DetailsSurroundings;
  readonly sql: CompiledSql | null;
  /** Checks that are being run. */
  readonly running: ReadonlySet<string>;
  /** Lists that are shown to their end. */
  readonly unfolded: ReadonlySet<string>;
  readonly now: number;
}

/** What a click may ask for. */
export interface Wishes {
  act(action: DetailsAction): void;
  look(asset: AssetKey): void;
  back(): void;
  keep(isKept: boolean): void;
  openRun(runId: string): void;
  runCheck(check: string): void;
  openCheck(check: string): void;
  /** Shows a list to its end, or only its beginning again. */
  unfold(list: string): void;
}
