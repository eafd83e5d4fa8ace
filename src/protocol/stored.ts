import type { CheckRequest } from "../model/assetChecks.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { PreviewCell, PreviewColumn } from "../model/rowsPreview.ts";
import type { RunError } from "../model/run.ts";

/** What may be asked of what is stored, without making anything anew. */
export interface StoredHost {
  /** The first rows of an asset, a dbt node or a source; rejects with the sentence to show when there are none to read. */
  previewRows(request: PreviewRequest): Promise<RowsPreview>;
  /** Runs checks, and dbt's tests, on what is stored; each is answered for itself, in their order. What they find of data is recorded. */
  runChecks(checks: readonly CheckRequest[]): Promise<CheckReport[]>;
}

export interface PreviewRequest {
  readonly asset: AssetKey;
  /** Null: of all partitions. */
  readonly partition: string | null;
  readonly limit: number;
}

/** Rows as they are shown: every value in a form that JSON has. */
export interface RowsPreview {
  readonly asset: AssetKey;
  readonly partition: string | null;
  readonly columns: readonly PreviewColumn[];
  readonly rows: readonly (readonly PreviewCell[])[];
  /** Whether there are more rows than these. */
  readonly isCut: boolean;
}

/** How a check ended: "failed" found something, "error" could not look. */
export interface CheckReport extends CheckRequest {
  readonly status: "passed" | "failed" | "warned" | "error" | "skipped";
  /** Whether a failure holds back what is downstream. */
  readonly blocking: boolean;
  readonly failedRows: number | null;
  readonly message: string | null;
  /** Where it is wrong, of an error that has a place. */
  readonly error: RunError | null;
  readonly durationMs: number | null;
}
