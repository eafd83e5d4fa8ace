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

/** What the text says is wrong, and what only loading it could tell; where both speak of a line, the text. */
export function joinProblems(scanned: readonly Problem[], loaded: readonly Problem[]): Problem[] {
  const lines = new Set(scanned.map(it => `${it.file}:${it.line}`));
  return [...scanned, ...loaded.filter(it => !lines.has(`${it.file}:${it.line}`))];
}
