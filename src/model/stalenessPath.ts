import type { AssetKey } from "./assetKey.ts";
import { dbtChangeInWords } from "./dbtCodeVersion.ts";
import { contains, indexesOf } from "./partitionSet.ts";
import type { JudgedAsset, StaleKind } from "./staleness.ts";
import { needsOf } from "./stalenessNeeds.ts";
import { isNewer } from "./versionSheet.ts";

/** One asset, or one partition of it, on the way from what is stale up to the cause. */
export interface StaleStep {
  readonly asset: AssetKey;
  /** Null: the asset has no partitions. */
  readonly partition: string | null;
  readonly kind: StaleKind;
  /** What the kind is about: the asset that is newer, stale, new upstream or not upstream any more. */
  readonly upstream: AssetKey | null;
  readonly upstreamPartition: string | null;
  /** By which code version it was made, and which one the definition has; only of the kind "code". */
  readonly codeVersions: readonly [string | null, string] | null;
  /** How the code of a node of dbt is called, whose versions are digests that tell a person nothing. */
  readonly dbtCode?: "SQL" | "file";
}

/**
 * Why a partition is stale: itself first, then what is stale above it, up to what changed. A short one of
 * the ways; empty when it is not stale. An asset without partitions has the position 0.
 */
export function stalenessPath(
  judged: ReadonlyMap<AssetKey, JudgedAsset>,
  asset: AssetKey,
  position: number,
): StaleStep[] {
  const start = judged.get(asset);
  if (!start || !contains(start.stale, position)) return [];
  const seen = new Set([nameOf(start, position)]);
  let front: Way[] = [{ asset: start, position, before: null }];
  while (front.length > 0) {
    const next: Way[] = [];
    for (const way of front) {
      const root = ownCause(judged, way);
      if (root !== null) return [...stepsTo(way), root];
      for (const up of staleAbove(judged, way)) {
        const name = nameOf(up.asset, up.position);
        if (seen.has(name)) continue;
        seen.add(name);
        next.push(up);
      }
    }
    front = next;
  }
  return [];
}

/** The reason in words, as it stands behind "stale: …": "raw_weather_data 2026-02-03 is newer". */
export function describeStaleness(path: readonly StaleStep[]): string | null {
  const root = path.at(-1);
  if (root === undefined) return null;
  const reason = reasonInWords(root);
  return path.length === 1 ? reason : `${named(root.asset, root.partition)} is stale: ${reason}`;
}

/** One line for each asset on the way, itself first; of one that needs itself, not each partition on the way. */
export function explainStaleness(path: readonly StaleStep[]): string[] {
  return staleCauses(path).map(({ partition, asset, words }) => `${named(asset, partition)}: ${words}`);
}

/** The same with each asset apart from what is to be said of it. */
export function staleCauses(
  path: readonly StaleStep[],
): { asset: AssetKey; partition: string | null; words: string }[] {
  return path
    .filter((step, at) => at === 0 || step.asset !== path[at - 1]?.asset || step.upstream !== step.asset)
    .map(step => ({ asset: step.asset, partition: step.partition, words: reasonInWords(step) }));
}

function reasonInWords(step: StaleStep): string {
  const upstream = named(step.upstream, step.upstreamPartition);
  switch (step.kind) {
    case "code": {
      const [made = null, present = ""] = step.codeVersions ?? [];
      if (step.dbtCode && made !== null) return dbtChangeInWords(made, present, step.dbtCode);
      if (step.dbtCode) return "made before its code was known";
      const by = made === null ? "before the code had a version" : `by code version ${made}`;
      return `made ${by}, which is now ${present}`;
    }
    case "added":
      return `it needs ${upstream} now`;
    case "removed":
      return `it no longer needs ${upstream}`;
    case "newer":
      return `${upstream} is newer`;
    case "stale":
      return `${upstream} is stale`;
  }
}

function named(asset: AssetKey | null, partition: string | null): string {
  return partition === null ? `${asset}` : `${asset} ${partition}`;
}

interface Way {
  readonly asset: JudgedAsset;
  readonly position: number;
  readonly before: Way | null;
}

function nameOf({ node }: JudgedAsset, position: number): string {
  return `${position} ${node.key}`;
}

function stepsTo(way: Way): StaleStep[] {
  const steps: StaleStep[] = [];
  for (let [at, before] = [way, way.before]; before !== null; [at, before] = [before, before.before]) {
    steps.push(stepOf(before, "stale", at.asset, at.position));
  }
  return steps.reverse();
}

function stepOf(
  { asset, position }: Way,
  kind: StaleKind,
  upstream: JudgedAsset | AssetKey | null,
  upstreamPosition: number | null,
): StaleStep {
  const group = asset.recorded.groups[asset.sheet.groups[position] as number];
  const isJudged = upstream !== null && typeof upstream === "object" && "node" in upstream;
  return {
    asset: asset.node.key,
    partition: keyAt(asset, position),
    kind,
    upstream: isJudged ? upstream.node.key : upstream,
    upstreamPartition: isJudged && upstreamPosition !== null ? keyAt(upstream, upstreamPosition) : null,
    codeVersions: kind === "code" ? [group?.codeVersion ?? null, asset.node.codeVersion ?? ""] : null,
    ...(kind === "code" && asset.node.dbt
      ? { dbtCode: asset.node.dbt.resource === "seed" ? ("file" as const) : ("SQL" as const) }
      : {}),
  };
}

function keyAt({ partitions }: JudgedAsset, position: number): string | null {
  return partitions.definition === null ? null : partitions.keyAt(position);
}

/** What makes it stale by itself, and not by way of something stale. */
function ownCause(judged: ReadonlyMap<AssetKey, JudgedAsset>, way: Way): StaleStep | null {
  const { asset, position } = way;
  const cause = asset.causes.find(it => it.kind !== "stale" && contains(it.partitions, position));
  if (cause === undefined) return null;
  if (cause.kind !== "newer") return stepOf(way, cause.kind, cause.upstream, null);
  for (const { from, needs } of asset.edges) {
    const upstream = judged.get(from);
    if (from !== cause.upstream || !upstream) continue;
    for (const at of indexesOf(needsOf(needs, position, upstream.sheet.count))) {
      if (isNewer(upstream.sheet, at, asset.sheet, position)) return stepOf(way, "newer", upstream, at);
    }
  }
  return stepOf(way, "newer", cause.upstream, null);
}

/** The first stale partition of each asset upstream that is needed: one stands for all of the same asset. */
function* staleAbove(judged: ReadonlyMap<AssetKey, JudgedAsset>, way: Way): Generator<Way> {
  const { asset, position } = way;
  for (const { from, needs } of asset.edges) {
    const upstream = judged.get(from);
    if (!upstream || upstream.stale.count === 0) continue;
    for (const at of indexesOf(needsOf(needs, position, upstream.sheet.count))) {
      if (upstream.sheet.stale[at] !== 1) continue;
      yield { asset: upstream, position: at, before: way };
      break;
    }
  }
}
