import { assetChecks, dbtTestsOf } from "./assetChecks.ts";
import type { AssetColumn, AssetFacts, PastMaterialization, StaleCause } from "./assetFacts.ts";
import { type AssetKind, type AssetNode, type GraphIndex, isExternal } from "./assetGraph.ts";
import type { AssetKey } from "./assetKey.ts";
import type { AssetState, AssetStateName } from "./assetState.ts";
import { columnsOfCheck, shortTestName } from "./checkColumns.ts";
import type { DbtResource } from "./dbtNode.ts";
import { shownState } from "./stateWords.ts";

/** Everything that stands on the page of one asset; plain, so that it crosses to the picture. */
export interface AssetDetails {
  readonly asset: AssetKey;
  readonly kind: AssetKind;
  readonly group: string;
  readonly description: string | null;
  readonly owners: readonly string[];
  /** "domain: weather"; a tag without a value is its name alone. */
  readonly tags: readonly string[];
  readonly dbt: DbtFacts | null;
  /** "analytics.orders". */
  readonly relation: string | null;
  readonly source: { readonly file: string; readonly line: number } | null;
  readonly codeVersion: string | null;
  readonly pool: string | null;
  /** Nobody materializes it here. */
  readonly isExternal: boolean;
  readonly hasRows: boolean;
  readonly state: AssetState | null;
  readonly stalePath: readonly StaleCause[];
  readonly partitions: PartitionsFacts | null;
  readonly automation: string | null;
  readonly freshness: string | null;
  readonly upstream: Neighbours;
  readonly downstream: Neighbours;
  readonly columns: readonly ColumnDetails[];
  readonly checks: readonly CheckDetails[];
  readonly history: readonly PastMaterialization[];
}

export interface DbtFacts {
  readonly resource: DbtResource;
  readonly materialized: string | null;
  readonly package: string;
  readonly version: string | null;
  readonly uniqueId: string | null;
}

export interface PartitionsFacts {
  /** The definition in words. */
  readonly words: string;
  readonly counts: readonly { readonly state: AssetStateName; readonly count: number }[];
  readonly total: number;
}

export interface Neighbours {
  readonly shown: readonly Neighbour[];
  readonly more: number;
}

export interface Neighbour {
  readonly asset: AssetKey;
  readonly kind: AssetKind;
  /** Null: it is outside, or nothing is known of it. */
  readonly state: AssetStateName | null;
}

export interface ColumnDetails extends AssetColumn {
  /** By the ids of the checks that are about it. */
  readonly checks: readonly string[];
}

export interface CheckDetails {
  /** dbt's own id of a test, the name of any other check. */
  readonly id: string;
  readonly name: string;
  /** In few letters: "unique" for "unique_orders_id". */
  readonly label: string;
  readonly kind: "check" | "data test" | "unit test";
  readonly columns: readonly string[];
  /** "warning" where a failure stops nothing. */
  readonly severity: "error" | "warning";
  /** Null: it was never run, as far as anybody knows. */
  readonly result: CheckResult | null;
}

export interface CheckResult {
  readonly status: "passed" | "failed" | "warned" | "error" | "skipped";
  readonly failedRows: number | null;
  readonly failedPartitions: number;
  readonly message: string | null;
  /** ISO 8601. */
  readonly at: string;
  /** The run whose materialization it looked at; null when it was run by itself. */
  readonly runId: string | null;
}

/** What is known beside the graph, as far as somebody could be asked. */
export interface KnownOfAsset {
  /** The node of the loaded definitions, which know more than the text does. */
  readonly loaded: AssetNode | null;
  stateOf(asset: AssetKey): AssetState | undefined;
  readonly facts: AssetFacts | null;
  /** As the text of dbt's artifacts has them: for whom nobody could ask. */
  readonly columns: readonly AssetColumn[];
  /** Checks that were run by themselves, by their id. */
  readonly results: ReadonlyMap<string, CheckResult>;
}

/** More neighbours than these are seen in the lineage. */
export const mostNeighbours = 24;

/** The page of an asset; null when the graph has none of this key. */
export function assetDetails(graph: GraphIndex, key: AssetKey, known: KnownOfAsset): AssetDetails | null {
  const node = graph.nodes.get(key);
  if (node === undefined) return null;
  const { dbt = null } = node;
  const { loaded, facts } = known;
  const relation = node.relation ?? loaded?.relation ?? dbt?.relation ?? null;
  const checks = checksOf(node, known);
  const state = isExternal(node) ? null : (known.stateOf(key) ?? null);
  return {
    asset: key,
    kind: node.kind,
    group: node.group,
    description: node.description,
    owners: node.owners,
    tags: Object.entries(node.tags).map(([name, value]) => (value === "" ? name : `${name}: ${value}`)),
    dbt: dbt && {
      resource: dbt.resource,
      materialized: dbt.materialized,
      package: dbt.package,
      version: dbt.version,
      uniqueId: node.uniqueId ?? null,
    },
    relation: relation && `${relation.schema}.${relation.table}`,
    source: node.file === null ? null : { file: node.file, line: node.line ?? 1 },
    codeVersion: node.codeVersion ?? loaded?.codeVersion ?? null,
    pool: node.pool ?? loaded?.pool ?? null,
    isExternal: isExternal(node),
    hasRows: node.kind !== "exposure",
    state,
    stalePath: facts?.stalePath ?? [],
    partitions: node.partitions === null ? null : partitionsOf(node.partitions, state),
    automation: node.automation ?? loaded?.automation ?? null,
    freshness: node.freshness ?? loaded?.freshness ?? null,
    upstream: neighboursOf(graph, key, graph.parents.get(key), known),
    downstream: neighboursOf(graph, key, graph.children.get(key), known),
    columns: columnsWithChecks(facts?.columns ?? known.columns, checks),
    checks,
    history: facts?.history ?? [],
  };
}

function partitionsOf(words: string, state: AssetState | null): PartitionsFacts {
  const counts = new Map<AssetStateName, number>();
  let total = 0;
  for (const part of state?.parts ?? []) {
    counts.set(part.state, (counts.get(part.state) ?? 0) + part.count);
    total += part.count;
  }
  return { words, counts: [...counts].map(([state, count]) => ({ state, count })), total };
}

function neighboursOf(
  { nodes }: GraphIndex,
  own: AssetKey,
  keys: readonly AssetKey[] = [],
  { stateOf }: KnownOfAsset,
): Neighbours {
  const found = [...new Set(keys)].flatMap(key => (key === own ? [] : (nodes.get(key) ?? [])));
  const shown = found.slice(0, mostNeighbours).map(node => {
    const state = isExternal(node) ? undefined : stateOf(node.key);
    return { asset: node.key, kind: node.kind, state: state ? shownState(state) : null };
  });
  return { shown, more: found.length - shown.length };
}

function checksOf(node: AssetNode, { facts, results }: KnownOfAsset): CheckDetails[] {
  const tests = new Map(dbtTestsOf(node).map(it => [it.uniqueId, it]));
  const recorded = new Map(facts?.checks.map(it => [it.name, it]));
  return assetChecks(node).map(({ name, uniqueId }) => {
    const id = uniqueId ?? name;
    const test = uniqueId === null ? undefined : tests.get(uniqueId);
    const outcome = recorded.get(name);
    const alone = results.get(id) ?? null;
    const withRun = outcome === undefined ? null : resultOf(outcome);
    return {
      id,
      name,
      label: test ? shortTestName(test, node) : name,
      kind: test ? (test.kind === "unit" ? "unit test" : "data test") : "check",
      columns: columnsOfCheck(name, test),
      severity: test?.severity ?? outcome?.severity ?? "error",
      result: alone && (withRun === null || alone.at >= withRun.at) ? alone : withRun,
    };
  });
}

function resultOf(outcome: AssetFacts["checks"][number]): CheckResult {
  const { passed, severity, failedRows, failedPartitions, message, at, runId } = outcome;
  const status = passed ? (failedPartitions > 0 ? "failed" : "passed") : "failed";
  return {
    status: status === "failed" && severity === "warning" ? "warned" : status,
    ...{ failedRows, failedPartitions, message, at, runId },
  };
}

/** What is tested has a row, also where nobody knows the columns. */
function columnsWithChecks(
  columns: readonly AssetColumn[],
  checks: readonly CheckDetails[],
): ColumnDetails[] {
  const found = columns.map(column => ({ ...column, checks: [] as string[] }));
  const byName = new Map(found.map(it => [it.name.toLowerCase(), it]));
  for (const { id, columns: names } of checks) {
    for (const name of names) {
      const known = byName.get(name.toLowerCase());
      if (known) known.checks.push(id);
      else if (columns.length === 0) {
        const column = { name, type: null, description: null, checks: [id] };
        byName.set(name.toLowerCase(), column);
        found.push(column);
      }
    }
  }
  return found;
}
