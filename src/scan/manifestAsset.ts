import type { AssetNode, BackfillPolicy } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { DbtNode, DbtRelation, DbtResource, DbtTest } from "../model/dbtNode.ts";
import type { Problem } from "../model/problem.ts";
import { manifestAutomation } from "./manifestAutomation.ts";
import type { ManifestCode } from "./manifestCode.ts";
import { metaOf } from "./manifestKeys.ts";
import type { ManifestNode } from "./manifestNodes.ts";
import { manifestPartitions } from "./manifestPartitions.ts";
import { type JsonRecord, recordOf, textOf, textsOf, versionOf } from "./manifestValues.ts";

/** What is the same for all assets of a manifest. */
export interface ManifestSurroundings {
  /** "postgres"; null when the manifest does not say. */
  readonly adapter: string | null;
  readonly groups: JsonRecord;
  readonly codeOf: (node: ManifestNode) => ManifestCode;
  /** The manifest, for problems of nodes without a file of their own. */
  readonly file: string;
  readonly problems: Problem[];
}

/** One node of a manifest as an asset. */
export function manifestAsset(
  node: ManifestNode,
  key: AssetKey,
  tests: readonly DbtTest[],
  { adapter, groups, codeOf, file, problems }: ManifestSurroundings,
): AssetNode {
  const { millrace, dagster } = metaOf(node);
  const resource = node.asset as DbtResource;
  const group = textOf(node.raw.group) ?? textOf(node.config.group);
  const hasPlace = node.file !== null;
  const cut = resource === "exposure" ? null : manifestPartitions(node);
  const partitions = cut === null || "fault" in cut ? null : cut;
  if (cut !== null && "fault" in cut) problems.push(wrongPartitions(node, cut.fault, file));
  const isBuilt = resource !== "source" && resource !== "exposure";
  const code = isBuilt ? codeOf(node) : null;
  const rules = resource === "exposure" ? null : manifestAutomation(node);
  for (const fault of rules?.faults ?? []) problems.push(wrongMeta(node, `${node.id}: ${fault}`, file));
  const pool = isBuilt ? textOf(millrace.pool) : null;
  if (isBuilt && millrace.pool != null && !pool)
    problems.push(wrongMeta(node, `${node.id}: "pool" is not the name of a pool. Write pool: "db".`, file));
  return {
    key,
    kind: isBuilt ? "dbt" : resource,
    group: textOf(millrace.group) ?? textOf(dagster.group) ?? group ?? "default",
    description: textOf(node.raw.description),
    tags: tagsOf(node),
    kinds: kindsOf(node, adapter),
    owners: ownersOf(node, group, groups),
    file: node.file,
    line: hasPlace ? 1 : null,
    column: hasPlace ? 1 : null,
    partitions: partitions?.words ?? null,
    ...(partitions ? { partitionsDefinition: partitions.definition, backfillPolicy: policyOf(node) } : {}),
    ...(pool ? { pool } : {}),
    ...rules?.said,
    ...(code ? { codeVersion: code.version } : {}),
    checks: [...new Set(tests.filter(it => it.kind === "data").map(it => it.name))],
    uniqueId: node.id,
    dbt: { ...dbtNode(node, resource, tests), ...(code?.usesVars ? { usesVars: true } : {}) },
  };
}

/** One statement makes a window of any length, so partitions in a row are one run unless `meta` says otherwise. */
function policyOf(node: ManifestNode): BackfillPolicy | null {
  const { partitionsPerRun } = metaOf(node).millrace;
  if (partitionsPerRun === 1) return null;
  const most = typeof partitionsPerRun === "number" && partitionsPerRun > 0 ? partitionsPerRun : null;
  return { maxPartitionsPerRun: most };
}

function wrongPartitions(node: ManifestNode, fault: string, manifest: string): Problem {
  return wrongMeta(node, `"partitions" in the meta of ${node.id} ${fault}`, manifest);
}

function wrongMeta(node: ManifestNode, message: string, manifest: string): Problem {
  return { file: node.file ?? manifest, line: 1, column: 1, severity: "error", message };
}

function dbtNode(node: ManifestNode, resource: DbtResource, tests: readonly DbtTest[]): DbtNode {
  const { raw, config, name } = node;
  const version = versionOf(raw.version);
  return {
    resource,
    package: node.package,
    name,
    source: resource === "source" ? (textOf(raw.source_name) ?? "") : null,
    version,
    isLatest: version === null || version === (versionOf(raw.latest_version) ?? version),
    materialized: resource === "source" || resource === "exposure" ? null : textOf(config.materialized),
    isMicrobatch: config.incremental_strategy === "microbatch",
    partitionColumn: partitionColumnOf(node),
    relation: relationOf(node, resource),
    tests,
  };
}

/** What `meta` says, else by what dbt itself cuts the model into batches. */
function partitionColumnOf(node: ManifestNode): string | null {
  return textOf(metaOf(node).millrace.partitionColumn) ?? textOf(node.config.event_time);
}

/** A source without a schema lives in one of its own name. */
function relationOf({ raw, name }: ManifestNode, resource: DbtResource): DbtRelation | null {
  if (resource === "exposure") return null;
  const schema = textOf(raw.schema) ?? (resource === "source" ? textOf(raw.source_name) : null);
  const table = textOf(resource === "source" ? raw.identifier : raw.alias) ?? name;
  return schema === null ? null : { database: textOf(raw.database), schema, table };
}

function tagsOf({ raw, config }: ManifestNode): Record<string, string> {
  const names = [...textsOf(raw.tags), ...textsOf(config.tags)].filter(it => it !== "__proto__");
  return Object.fromEntries(names.map(it => [it, ""]));
}

function kindsOf({ asset, raw }: ManifestNode, adapter: string | null): string[] {
  if (asset === "source") return [];
  if (asset === "exposure") return textsOf(raw.type);
  return ["dbt", ...textsOf(adapter), ...textsOf(raw.language).filter(it => it !== "sql")];
}

/** Who is named by `meta`, else who owns the exposure or the node's group. */
function ownersOf(node: ManifestNode, group: string | null, groups: JsonRecord): string[] {
  const { millrace, dagster } = metaOf(node);
  const said = [millrace.owners, dagster.owners].map(textsOf).find(it => it.length > 0);
  if (said) return said;
  const ofGroup = group === null ? null : recordOf(groups[`group.${node.package}.${group}`]);
  const { email, name } = recordOf(node.raw.owner ?? ofGroup?.owner);
  const addresses = textsOf(email);
  return addresses.length > 0 ? addresses : textsOf(name).map(it => `team:${it}`);
}
