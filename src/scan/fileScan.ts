import type { AssetKey } from "../model/assetKey.ts";
import type { AutomationNode } from "../model/automationNode.ts";
import type { DbtReference } from "../model/dbtReference.ts";
import type { Problem } from "../model/problem.ts";

/** A place in a text: 1-based, columns in UTF-16 units, as editors count. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** `end` is exclusive. */
export interface Range {
  readonly start: Position;
  readonly end: Position;
}

/** What the text of one file tells; plain, so that it crosses a thread's border (scanMessage.ts). */
export interface FileScan {
  /** Relative to the workspace root, with forward slashes. */
  readonly file: string;
  /** True for an asset file: it imports from "millrace" what declares something. */
  readonly declares: boolean;
  /** In the order of the text. */
  readonly definitions: readonly ScannedDefinition[];
  /** Sensors and schedules, in the order of the text. */
  readonly automations: readonly ScannedAutomation[];
  /** Assets that sensors, schedules and conditions name by a key in a text. */
  readonly namedKeys: readonly NamedKey[];
  /** The module's own names: imports and what is declared at the top level. */
  readonly names: ReadonlyMap<string, Value>;
  readonly exports: ReadonlyMap<string, Value>;
  /** The modules of `export * from "…"`. */
  readonly exportsAllOf: readonly ModuleName[];
  readonly problems: readonly Problem[];
  /** True when an error kept some of the text from being read. */
  readonly broken: boolean;
}

/** One `asset(…)` or `source(…)`. */
export interface ScannedDefinition {
  readonly kind: "asset" | "source";
  readonly key: AssetKey;
  /** The constant that holds it: `export const variable = asset(…)`. */
  readonly variable: string | null;
  /** From the first character of its statement; a CodeLens stands above this line. */
  readonly statement: Range;
  /** The key's literal with its quotes. */
  readonly keyRange: Range;
  readonly group: string | null;
  readonly description: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly owners: readonly string[];
  readonly kinds: readonly string[];
  readonly partitions: Value | null;
  readonly automation: Value | null;
  /** Where the name of its option `automation` stands. */
  readonly automationAt: Position | null;
  readonly freshness: Value | null;
  /** The table that it writes, as far as it is named; null when it is stored somewhere else. */
  readonly table: { readonly schema: string | null; readonly name: string | null } | null;
  readonly checks: readonly string[];
  readonly inputs: readonly ScannedReference[];
  readonly deps: readonly ScannedReference[];
}

/** One `sensor(…)`, `schedule(…)` or the like. */
export interface ScannedAutomation extends Omit<AutomationNode, "file" | "line" | "column"> {
  /** What its option `assets` names, as far as that is no literal key; a `selection` says it instead. */
  readonly assets: readonly Value[];
  readonly statement: Range;
  /** The name's literal with its quotes. */
  readonly nameRange: Range;
}

/** A key that must be some asset's. */
export interface NamedKey {
  readonly key: AssetKey;
  /** As a sentence begins: "An asset of sensor "poll"". */
  readonly who: string;
  readonly range: Range;
}

/** Something an asset needs, and where it says so. */
export interface ScannedReference {
  /** The input's name; null for a dep. */
  readonly name: string | null;
  readonly value: Value;
  /** The expression: for `inputs: { orders: raw.last() }` the range of `raw.last()`. */
  readonly range: Range;
}

/** A module as an import names it. */
export interface ModuleName {
  readonly specifier: string;
  readonly range: Range;
}

/** What an expression stands for, as far as one file tells. */
export type Value =
  /** Index into the file's definitions. */
  | { readonly is: "definition"; readonly index: number }
  /** `a.b`: to be looked up. */
  | { readonly is: "name"; readonly path: readonly string[] }
  /** `name` is "*" for the whole module; `range` is where the name is imported. */
  | { readonly is: "imported"; readonly from: ModuleName; readonly name: string; readonly range: Range }
  /** A method's answer: `raw.last()` is still the asset `raw`. */
  | { readonly is: "call"; readonly of: Value }
  | { readonly is: "members"; readonly of: readonly (readonly [name: string, value: Value])[] }
  | { readonly is: "partitions"; readonly words: string }
  /** `eager()`, or another rule by which an asset requests itself. */
  | { readonly is: "condition"; readonly words: string }
  /** `freshWithin("24 h")`. */
  | { readonly is: "freshness"; readonly words: string }
  /** A string in `deps`. */
  | { readonly is: "key"; readonly key: string }
  /** `dbtModel("stg_readings")`: dbt's manifest knows it. */
  | ({ readonly is: "dbtModel" } & DbtReference)
  /** The asset that is being declared: `self.window(-1, -1)`. */
  | { readonly is: "self" }
  /** Certainly no asset; `what` says what it is. */
  | { readonly is: "other"; readonly what: string }
  /** Known only when the file runs. */
  | { readonly is: "computed" };
