/** A column of a dbt node, as dbt's artifacts know it. */
export interface DbtColumn {
  readonly name: string;
  /** As the database calls it: "double precision"; null where nobody says. */
  readonly type: string | null;
  readonly description: string | null;
  /** A test or a constraint that fails says so; a test that warns does not. */
  readonly isNotNull: boolean;
}
