/** A selection as it was understood: operations on a stack of sets of assets, so that nesting costs nothing. */
export interface Selection {
  readonly text: string;
  readonly operations: readonly SelectionOperation[];
}

export type SelectionOperation =
  | { readonly op: "all" | "not" | "and" | "or" | "roots" | "sinks" }
  | SelectionTraversal
  | SelectionTerm;

/** How many levels to follow up and down; null: not in this direction, Infinity: as far as it goes. */
export interface SelectionTraversal {
  readonly op: "traverse";
  readonly up: number | null;
  readonly down: number | null;
}

/** What one word of the selection asks of an asset. */
export interface SelectionTerm {
  readonly op: "term";
  readonly attribute: SelectionAttribute;
  /** Null is written <null>: the attribute is absent. */
  readonly value: string | null;
  /** The right side of tag:name=value, "" when there is none. */
  readonly tagValue: string | null;
  /** Written without "key:", so it is one whole key, which must exist. */
  readonly bare: boolean;
  readonly at: number;
  readonly length: number;
}

export type SelectionAttribute = (typeof selectionAttributes)[number];

/** The attributes that a selection may ask for. */
export const selectionAttributes = [
  "key",
  "tag",
  "owner",
  "group",
  "kind",
  "is",
  "partitions",
  "state",
] as const;

/** Something wrong in the text of a selection: where, in characters from 0, and what to write instead. */
export interface SelectionProblem {
  readonly at: number;
  readonly length: number;
  readonly message: string;
}
