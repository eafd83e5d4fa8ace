import type { AssetKey } from "./assetKey.ts";
import type { AutomationNode } from "./automationNode.ts";
import type { Condition } from "./condition.ts";
import type { DbtNode, DbtProjectState, DbtTest } from "./dbtNode.ts";
import type { DbtReference } from "./dbtReference.ts";
import type { FreshnessPolicy } from "./freshness.ts";
import type { PartitionMapping } from "./partitionMapping.ts";
import type { PartitionsDefinition } from "./partitionsDefinition.ts";
import type { Problem } from "./problem.ts";

export type AssetKind = "typescript" | "dbt" | "source" | "exposure";

/** One asset as it is drawn, listed and planned; plain, so that it crosses every process border. */
export interface AssetNode {
  readonly key: AssetKey;
  readonly kind: AssetKind;
  /** Exactly one per asset, "default" when none is declared (semantics K6). */
  readonly group: string;
  readonly description: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** What it is made of or lives in: "typescript", "postgres", "dbt". */
  readonly kinds: readonly string[];
  /** E-mail addresses or "team:x". */
  readonly owners: readonly string[];
  /** Where the key is written: relative to the root with forward slashes, 1-based; null when nowhere. */
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  /** A partitions definition in words, null for an unpartitioned asset. */
  readonly partitions: string | null;
  /** The definition itself, where the definitions are loaded; the scan of text knows only the words. */
  readonly partitionsDefinition?: PartitionsDefinition | null;
  /** How a backfill cuts it into runs; null: one run for each partition. Known where definitions are loaded. */
  readonly backfillPolicy?: BackfillPolicy | null;
  /** What its code is called; null when nobody says so, and every materialization is new data. */
  readonly codeVersion?: string | null;
  /** The pool whose slots its steps use. */
  readonly pool?: string | null;
  /** The rule by which it requests itself, in a few words; null or absent when nobody but people does. */
  readonly automation?: string | null;
  /** The rule itself, where the definitions are loaded. */
  readonly condition?: Condition | null;
  /** How new it must be, in a few words; null or absent when nobody says so. */
  readonly freshness?: string | null;
  readonly freshnessPolicy?: FreshnessPolicy | null;
  /** The dbt sources whose data dbt itself measures the age of; absent where only materializations count. */
  readonly measuredSources?: readonly string[];
  readonly checks: readonly string[];
  /** The table that it is, where the definitions are loaded; null when it lives somewhere else. */
  readonly relation?: { readonly schema: string; readonly table: string } | null;
  /** dbt's own id of a dbt node. */
  readonly uniqueId?: string;
  /** What else dbt knows of a dbt node. */
  readonly dbt?: DbtNode;
  /** How TypeScript calls a dbt model, in loaded definitions: joinLoaded.ts puts the model in its place. */
  readonly dbtReference?: DbtReference;
  /** The dbt sources that are this asset: their ids; absent when there are none. */
  readonly feeds?: readonly string[];
  /** The tests that dbt makes of those sources. */
  readonly sourceTests?: readonly DbtTest[];
}

/** `to` needs `from`: an input is loaded, a dep only orders (semantics K4). */
export interface AssetEdge {
  readonly from: AssetKey;
  readonly to: AssetKey;
  readonly kind: "input" | "dep";
  /** Which partitions of `from` one of `to` needs; null or absent: what goes without saying. */
  readonly mapping?: PartitionMapping | null;
}

/** How many partitions one run of a backfill makes at the most; null: all that are in a row (semantics B1). */
export interface BackfillPolicy {
  readonly maxPartitionsPerRun: number | null;
}

export interface AssetGraph {
  readonly assets: readonly AssetNode[];
  readonly edges: readonly AssetEdge[];
}

/** What a scan answers, and what `scan --json` prints. */
export interface ScannedGraph extends AssetGraph {
  /** Sensors and schedules; absent where there are none. */
  readonly automations?: readonly AutomationNode[];
  readonly problems: readonly Problem[];
  /** Absent where there is no dbt project. */
  readonly dbt?: DbtProjectState;
}

/** A graph that answers who is above and below whom. */
export interface GraphIndex {
  readonly nodes: ReadonlyMap<AssetKey, AssetNode>;
  readonly parents: ReadonlyMap<AssetKey, readonly AssetKey[]>;
  readonly children: ReadonlyMap<AssetKey, readonly AssetKey[]>;
}

/** What ordering needs of a graph: its keys, and who is beside whom. */
export interface OrderedKeys extends Pick<GraphIndex, "parents" | "children"> {
  readonly nodes: ReadonlyMap<AssetKey, unknown>;
}

export function indexGraph({ assets, edges }: AssetGraph): GraphIndex {
  const nodes = new Map(assets.map(asset => [asset.key, asset]));
  const parents = new Map<AssetKey, AssetKey[]>(assets.map(({ key }) => [key, []]));
  const children = new Map<AssetKey, AssetKey[]>(assets.map(({ key }) => [key, []]));
  for (const { from, to } of edges) {
    parents.get(to)?.push(from);
    children.get(from)?.push(to);
  }
  return { nodes, parents, children };
}

/** Sources and exposures are outside: seen in the lineage, never materialized by us (semantics K5). */
export function isExternal(asset: AssetNode): boolean {
  return asset.kind === "source" || asset.kind === "exposure";
}

/** What a full refresh of dbt makes from nothing: a view is anew anyway, and partitions would be dropped. */
export function isRefreshable({ kind, partitions, dbt }: AssetNode): boolean {
  const { resource, materialized } = dbt ?? {};
  return (
    kind === "dbt" &&
    partitions === null &&
    (resource === "seed" || (resource === "model" && materialized !== "view"))
  );
}

/** Upstream before downstream; assets on a cycle come back in `cycle`, self-dependencies do not count. */
export function topologicalOrder({ nodes, parents, children }: OrderedKeys): {
  order: AssetKey[];
  cycle: AssetKey[];
} {
  const waitsFor = new Map<AssetKey, number>();
  for (const key of nodes.keys()) {
    waitsFor.set(key, new Set(parents.get(key)?.filter(it => it !== key && nodes.has(it))).size);
  }
  const order = [...nodes.keys()].filter(key => waitsFor.get(key) === 0);
  for (let at = 0; at < order.length; at++) {
    const done = order[at] as AssetKey;
    for (const child of new Set(children.get(done))) {
      if (child === done) continue;
      const left = (waitsFor.get(child) ?? 0) - 1;
      waitsFor.set(child, left);
      if (left === 0) order.push(child);
    }
  }
  const placed = new Set(order);
  return { order, cycle: [...nodes.keys()].filter(key => !placed.has(key)) };
}
