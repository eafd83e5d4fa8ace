import type { DbtColumn } from "../model/dbtColumn.ts";
import type { PreviewCell, PreviewColumn } from "../model/rowsPreview.ts";
import type { RunError } from "../model/run.ts";

/** What the editor may ask about the dbt project of a root, beside its runs. */
export interface DbtHost {
  /** Lets dbt read its project and write its manifest; what it cannot read is answered with its place. */
  parseDbt(): Promise<{ error: RunError | null }>;
  /** Installs a dbt for this workspace alone. */
  setUpDbt(): Promise<{ version: string }>;
  /** The rows of dbt's models as a TypeScript module. */
  dbtTypes(): Promise<{ text: string; models: number; notes: readonly string[] }>;
  /** The columns of a node of dbt, as far as its artifacts know them. */
  dbtColumns(uniqueId: string): Promise<readonly DbtColumn[]>;
  /** What a test of dbt finds now: its compiled SQL and the first rows that it brings. */
  failingRows(uniqueId: string, limit: number): Promise<FailingRows>;
  /** The SQL that dbt makes of a model, by its unique id. */
  compiledSql(uniqueId: string): Promise<string>;
}

/** What a refusal carries when dbt cannot read its project: whoever shows problems shows it at its line. */
export interface DbtUnreadable {
  readonly dbtError: RunError;
}

/** What dbt cannot read, of a refusal that came for that; else null. The sender is not trusted. */
export function dbtErrorOf(refusal: unknown): RunError | null {
  const { dbtError } = ((refusal as { data?: unknown } | null)?.data ?? {}) as Partial<DbtUnreadable>;
  return typeof dbtError?.message === "string" ? dbtError : null;
}

/** The rows for which a test of dbt does not hold, as its own SQL finds them. */
export interface FailingRows {
  readonly sql: string;
  readonly columns: readonly PreviewColumn[];
  readonly rows: readonly (readonly PreviewCell[])[];
  /** Whether there are more rows than these. */
  readonly isCut: boolean;
}
