/** What a node of dbt is made by, as digests: text that is the same has the same one. */
export interface DbtCodeParts {
  /** Its SQL or Python; of a seed its file. */
  readonly text: string;
  readonly configuration: string;
  /** The macros that it calls. */
  readonly macros: string;
  /** The ephemeral models that are spliced into it. */
  readonly spliced: string;
}

/** The parts as one version; who asks for variables adds theirs behind it. */
export function dbtCodeVersion({ text, configuration, macros, spliced }: DbtCodeParts): string {
  return [text, configuration, macros, spliced].join("-");
}

/** Which of the parts is another, in words: "its SQL and a macro changed". */
export function dbtChangeInWords(made: string, present: string, text: string): string {
  const before = partsOf(made);
  const now = partsOf(present);
  const names = [`its ${text}`, "its configuration", "a macro", "an ephemeral model in it", "a variable"];
  const changed = names.filter((_, at) => before?.[at] !== now?.[at]);
  if (before === null || now === null || changed.length === 0) return "its code changed since it was made";
  const last = changed.pop();
  return `${changed.length > 0 ? `${changed.join(", ")} and ` : ""}${last} changed since it was made`;
}

/** Null where a version tells of no parts. */
function partsOf(version: string): readonly string[] | null {
  const parts = version.split("-");
  return parts.length >= 4 && parts.length <= 5 ? parts : null;
}
