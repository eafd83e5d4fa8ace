import { definitionPlace, placeInWords } from "./definitionPlace.ts";

/** A definition that is wrong: what, where, and what to write instead. Its stack begins at the definition. */
export class DefinitionError extends Error {
  override readonly name = "DefinitionError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[], definedAt: Error) {
    super(problems.join("\n"));
    this.problems = problems;
    const frames = (definedAt.stack ?? "").split("\n").filter(line => /^\s+at /.test(line));
    this.stack = [`DefinitionError: ${this.message}`, ...frames].join("\n");
  }
}

/** Known by its name: another copy of the SDK may have thrown it. */
export function isDefinitionError(error: unknown): error is DefinitionError {
  return error instanceof Error && error.name === "DefinitionError";
}

/** Remembers where a definition is written: the line that calls `definer`. */
export function captureDefinition(definer: (...args: never[]) => unknown): Error {
  const definedAt = new Error();
  Error.captureStackTrace(definedAt, definer);
  return definedAt;
}

/** Gathers what is wrong with one definition, so that it is all said at once. */
export class DefinitionProblems {
  readonly definedAt: Error;
  readonly #problems: string[] = [];
  /** Where the first of them is. */
  #place: Error | null = null;

  constructor(definedAt: Error) {
    this.definedAt = definedAt;
  }

  /** `what` is said without its full stop; the place follows it: that of the definition, or one inside of it. */
  add(what: string, whatToDo: string, at: Error = this.definedAt): void {
    this.#place ??= at;
    const place = definitionPlace(at);
    this.#problems.push(`${what}${place ? ` (${placeInWords(place)})` : ""}. ${whatToDo}`);
  }

  throwIfAny(): void {
    if (this.#problems.length > 0) this.raise();
  }

  /** For a problem after which nothing more can be said. */
  raise(): never {
    throw new DefinitionError(this.#problems, this.#place ?? this.definedAt);
  }
}
