import type { BackfillPolicy } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { Condition } from "../model/condition.ts";
import type { DbtReference } from "../model/dbtReference.ts";
import type { FreshnessPolicy } from "../model/freshness.ts";
import type { PartitionMapping } from "../model/partitionMapping.ts";
import type { PartitionsDefinition } from "../model/partitionsDefinition.ts";
import { type brand, isBranded } from "./brand.ts";
import type { CheckDefinition } from "./check.ts";
import type { Columns } from "./columns.ts";
import type { AssetContext } from "./context.ts";
import type { IoManager } from "./ioManager.ts";
import type { ResourceDefinition } from "./resource.ts";

/** An asset as the worker sees it: complete, untyped, checked. `Output` is what its inputs receive. */
export interface AssetDefinition<Output = unknown> {
  readonly [brand]: "asset";
  readonly key: AssetKey;
  readonly description: string | null;
  readonly group: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly owners: readonly string[];
  readonly kinds: readonly string[];
  readonly codeVersion: string | null;
  readonly previousKeys: readonly AssetKey[];
  readonly inputs: Readonly<Record<string, InputDefinition>>;
  /** What is only ordered; what is also an input is left out. */
  readonly deps: readonly AssetKey[];
  /** Which partitions of a dep are needed, by its key, where that is said. */
  readonly depMappings: Readonly<Record<AssetKey, PartitionMapping>>;
  readonly resources: Readonly<Record<string, ResourceDefinition>>;
  /** Null: the default, `postgresTable()` in the state database. */
  readonly io: IoManager | null;
  readonly columns: Columns | null;
  /** Null: the asset is one whole. */
  readonly partitions: PartitionsDefinition | null;
  /** Null: a run for each partition. */
  readonly backfillPolicy: BackfillPolicy | null;
  /** The pool whose slots its steps use; null: none. */
  readonly pool: string | null;
  /** The rule by which it requests itself; null: only people do. */
  readonly automation: Condition | null;
  /** How new it must be; null: nobody says so. */
  readonly freshness: FreshnessPolicy | null;
  /** True: its function answers SQL, and its inputs are relations to read there instead of loaded data. */
  readonly isQuery: boolean;
  /** Named apart from the method `checks(…)`, by which users add to it. */
  readonly checkDefinitions: readonly CheckDefinition[];
  readonly materialize: (inputs: Record<string, unknown>, context: AssetContext) => unknown;
  /** Its stack's first line is where the asset is written (`definitionPlace`). */
  readonly definedAt: Error;
  /** Never set; carries the type of what consumers receive. */
  readonly output?: Output;
}

/** Something that lives outside and is only read: a table somebody else writes. */
export interface SourceDefinition<Output = unknown> {
  readonly [brand]: "source";
  /** "schema/table": the key an asset would have whose default table this is. */
  readonly key: AssetKey;
  readonly description: string | null;
  readonly group: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly owners: readonly string[];
  /** Schema and table as PostgreSQL knows them. */
  readonly relation: { readonly schema: string; readonly table: string };
  /** What `dbtModel(…)` names: key and relation are only known with dbt's manifest. */
  readonly dbt?: DbtReference;
  /** Of a dbt model, what is said of it in TypeScript. */
  readonly automation?: Condition | null;
  readonly freshness?: FreshnessPolicy | null;
  readonly pool?: string | null;
  readonly io: IoManager | null;
  /** Null: it is read as one whole. */
  readonly partitions: PartitionsDefinition | null;
  readonly definedAt: Error;
  readonly output?: Output;
}

/** One entry of `inputs`, as a definition keeps it; `stream(x)` makes one that is handed over row by row. */
export interface InputDefinition<Loaded = unknown> {
  readonly [brand]: "input";
  /** An asset's earlier partitions, `self`, have the asset itself. */
  readonly upstream: AssetDefinition | SourceDefinition;
  readonly stream: boolean;
  /** Which partitions are needed; null: those that go without saying. */
  readonly partitionMapping: PartitionMapping | null;
  /** "several": values that are not rows arrive as a record by partition key, however many there are. */
  readonly partitions: "one" | "several";
  /** Where its mapping is written; null when it has none. */
  readonly definedAt: Error | null;
  /** Never set; carries the type of what the consumer receives. */
  readonly loaded?: Loaded;
}

export function isAsset(value: unknown): value is AssetDefinition {
  return isBranded(value, "asset");
}

export function isSource(value: unknown): value is SourceDefinition {
  return isBranded(value, "source");
}

export function isInput(value: unknown): value is InputDefinition {
  return isBranded(value, "input");
}
