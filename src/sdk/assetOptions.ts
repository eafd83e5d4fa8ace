import type { PartitionsDefinition } from "../model/partitionsDefinition.ts";
import type { BackfillOptions } from "./assetPartitions.ts";
import type { CheckForm } from "./checkForms.ts";
import type { Columns, RowOf } from "./columns.ts";
import type { AutomationCondition } from "./conditions.ts";
import type { AssetContext } from "./context.ts";
import type { AssetDefinition, InputDefinition, SourceDefinition } from "./definition.ts";
import type { Freshness } from "./freshness.ts";
import type { Input, LoadedInputs } from "./input.ts";
import type { IoManager } from "./ioManager.ts";
import type { SelfInput } from "./mappedInput.ts";
import type { Returnable } from "./output.ts";
import type { ResourceDefinition } from "./resource.ts";
import type { Row } from "./row.ts";

/** What may be said of an asset; only `materialize` must be. */
export interface AssetOptions<
  Inputs extends Readonly<Record<string, Input>>,
  Resources extends Readonly<Record<string, ResourceDefinition>>,
  Declared extends Columns | undefined,
  Returned extends Returnable<Declared>,
> extends CommonOptions<Inputs, Resources, Declared> {
  /** Tests of its data: `notNull("city")`, `{ name, sql }`, `{ name, rows: async rows => … }`. */
  readonly checks?: readonly CheckForm<Declared extends Columns ? RowOf<Declared> : Row>[];
  /**
   * Makes the data. Receives the inputs by name, and the context: partition, resources, signal, log, metadata.
   * Returns rows (an array, an iterable, an async generator), or another value that its I/O manager stores,
   * or nothing when it did its own writing.
   */
  readonly materialize: (
    inputs: LoadedInputs<Inputs, Declared>,
    context: AssetContext<OpenedResources<Resources>>,
  ) => Returned;
}

/** What may be said of every asset, whatever makes its data. */
export interface CommonOptions<
  Inputs extends Readonly<Record<string, Input>>,
  Resources extends Readonly<Record<string, ResourceDefinition>>,
  Declared extends Columns | undefined,
> {
  /** What it is, for the people who read it: Markdown, shown on hover and in the details. */
  readonly description?: string;
  /** Where it is listed: letters, digits and underscores, "default" when nothing is said. */
  readonly group?: string;
  /** Facts to select by: `{ priority: "high" }` is found by `tag:priority=high`. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Who answers for it: e-mail addresses or "team:weather". */
  readonly owners?: readonly string[];
  /** What it is made of, for icons and `kind:`: "csv", "python". */
  readonly kinds?: readonly string[];
  /** Change it when the function means something else: what was made by older code is then stale. */
  readonly codeVersion?: string;
  /**
   * The assets and sources whose data the function receives, by name: `inputs: { readings }`.
   * Each is an edge in the graph, and is loaded by its own I/O manager; `stream(readings)` row by row.
   * `readings.window(-6, 0)`, `.last()`, `.all()` and `.mapping({ … })` say which partitions are needed.
   */
  readonly inputs?: Inputs;
  /** What must be there before, without being loaded: assets, sources, or the key of either. */
  readonly deps?: readonly (AssetDefinition | SourceDefinition | InputDefinition | SelfInput | string)[];
  /** What the outside offers, opened before the function is called: `resources: { stationApi }`. */
  readonly resources?: Resources;
  /** Stores what the function returns. Without it: a table in the state database, named by the key. */
  readonly io?: IoManager;
  /** Into which partitions it is cut: `dailyPartitions({ start: "2026-01-01" })`; each is made by itself. */
  readonly partitions?: PartitionsDefinition;
  /** How a backfill cuts them into runs: `{ partitionsPerRun: 10 }`, `{ partitionsPerRun: "all" }`; one each by default. */
  readonly backfill?: BackfillOptions;
  /** The pool whose slots its steps use: `pool: "db"`. How many there are is configured. */
  readonly pool?: string;
  /**
   * The rule by which it requests itself while `millrace daemon` runs: `automation: eager()`,
   * `onCron("0 6 * * *")`, or one composed of `and`, `anyDeps(newlyUpdated())` and the like.
   */
  readonly automation?: AutomationCondition;
  /** How new it must be: `freshness: freshWithin("24 h")`, `freshBy("0 9 * * *", { lowerBound: "2 h" })`. */
  readonly freshness?: Freshness;
  /** The columns of its table, by `columns({ city: "text" })`; otherwise they follow from the first rows. */
  readonly columns?: Declared;
  /** Keys it had before: its history follows it. */
  readonly previousKeys?: readonly string[];
}

/** What `context.resources` holds: for each resource, what its `open` answered. */
export type OpenedResources<Resources> = {
  readonly [Name in keyof Resources]: Resources[Name] extends ResourceDefinition<infer Opened>
    ? Opened
    : never;
};
