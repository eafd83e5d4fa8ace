/** One row of a table: column → value. */
export type Row = Record<string, unknown>;
