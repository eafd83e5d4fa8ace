/** Something wrong with a definition: said without its full stop, for the place follows; and what to write instead. */
export interface DefinitionFault {
  readonly what: string;
  readonly whatToDo: string;
}

export type ReportFault = (what: string, whatToDo: string) => void;

/** A definition, or everything that is wrong with it. */
export type Defined<Definition> =
  | { readonly definition: Definition }
  | { readonly faults: readonly DefinitionFault[] };
