import type { RowsPreview } from "./stored.ts";

/** What the rows picture can be told. */
export interface RowsView {
  /** Replaces what is shown. */
  show(rows: ShownRows): void;
  /** Says what is being read; the next `show` or `showEmpty` replaces it. */
  wait(words: string): void;
  /** Says why there are no rows, and the one thing to do about it. */
  showEmpty(cause: string, action: string | null): void;
}

/** Rows with what stands above them. */
export interface ShownRows extends RowsPreview {
  /** What kind of asset it is and where it lives, in words. */
  readonly subtitle: string;
  readonly hasPartitions: boolean;
}

/** What the rows picture may ask of its host. */
export interface RowsHost {
  /** The picture is drawn and listens; the host answers by `show`. */
  ready(): void;
  /** Reads the rows again. */
  refresh(): void;
  openSource(): void;
  /** Lets the user choose a partition, or all of them. */
  choosePartition(): void;
  /** The action that `showEmpty` offered. */
  takeAction(): void;
}
