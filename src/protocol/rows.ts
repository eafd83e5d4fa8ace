import type { AssetKey } from "../model/assetKey.ts";
import type { RowsPreview } from "./stored.ts";

/** What the rows picture can be told. */
export interface RowsView {
  /** Replaces what is shown. */
  show(rows: ShownRows): void;
  /** Says what is being read, to be remembered over a reload; the next `show` or `showEmpty` replaces it. */
  wait(words: string, subject: RowsSubject): void;
  /** Says why there are no rows, and the one thing to do about it. */
  showEmpty(cause: string, action: string | null): void;
}

/** Rows with what stands above them. */
export interface ShownRows extends RowsPreview {
  /** What kind of asset it is and where it lives, in words. */
  readonly subtitle: string;
  readonly hasPartitions: boolean;
}

/** Whose rows are read. */
export interface RowsSubject {
  /** The path of the workspace root. */
  readonly root: string;
  readonly asset: AssetKey;
  /** Null: all that there are, or the asset has none. */
  readonly partition: string | null;
  /** Null: the rows of the asset itself, not those that a test finds. */
  readonly test: FailingTest | null;
}

/** A test of dbt on data. */
export interface FailingTest {
  readonly name: string;
  readonly uniqueId: string;
}

/** What the rows picture may ask of its host. */
export interface RowsHost {
  /** The picture is drawn and listens, and what it showed before the window was reloaded; the host answers by `show`. */
  ready(remembered: RowsSubject | null): void;
  /** Reads the rows again. */
  refresh(): void;
  openSource(): void;
  /** Lets the user choose a partition, or all of them. */
  choosePartition(): void;
  /** The action that `showEmpty` offered. */
  takeAction(): void;
}
