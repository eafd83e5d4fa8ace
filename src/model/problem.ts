/** Something wrong in a user's file: where it is, how grave, and what to do about it. */
export interface Problem {
  /** Relative to the workspace root, with forward slashes. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based. */
  readonly column: number;
  readonly severity: "error" | "warning" | "info";
  /** A sentence that says what happened, where, and what to do, in that order. */
  readonly message: string;
}

/** What a pure core returns: its best answer, and everything that was wrong with the question. */
export interface WithProblems<T> {
  readonly value: T;
  readonly problems: readonly Problem[];
}
