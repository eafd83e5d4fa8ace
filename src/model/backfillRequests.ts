import type { BackfillPolicy } from "./assetGraph.ts";
import type { AssetKey } from "./assetKey.ts";
import {
  type Backfill,
  type BackfillAsset,
  type BackfillEdge,
  neededBy,
  needing,
  type PartitionSets,
} from "./backfill.ts";
import { chunksOf, mostPerRun, samePolicy, wholeChunks } from "./backfillChunks.ts";
import {
  containsAll,
  difference,
  emptySet,
  intersection,
  type PartitionSet,
  sameSet,
  setOfRanges,
  splitSet,
  union,
} from "./partitionSet.ts";
import type { Partitioning } from "./partitions.ts";

/** How far a backfill has come. What is in none of the sets is still to be requested. */
export interface BackfillSoFar {
  /** What was requested and has not ended, and perhaps what has. */
  readonly requested: PartitionSets;
  readonly materialized: PartitionSets;
  /** What failed by itself. */
  readonly failed: PartitionSets;
  /** What failed, and what is given up with it. */
  readonly givenUp: PartitionSets;
}

/** Assets that go into the same runs, and the partitions of which those are cut. */
export interface RequestGroup extends Alike {
  /** Upstream before downstream. */
  readonly assets: BackfillAsset[];
  readonly set: PartitionSet;
}

/** What may be requested now, or why the whole backfill fails (semantics B9). */
export interface Requests {
  readonly groups: readonly RequestGroup[];
  readonly failure: string | null;
}

/**
 * What may be requested when everything that was requested has ended (semantics B6 to B8).
 * An asset goes with its parents, or waits until they have nothing more to request: so runs stay together.
 */
export function nextWave({ assets }: Backfill, soFar: BackfillSoFar): Requests {
  const round = newRound(soFar);
  const now = new Map<AssetKey, PartitionSet>();
  for (const asset of assets) {
    const set = requestInWave(round, asset, candidates(asset, soFar, now), now);
    if (set.count === 0) continue;
    now.set(asset.key, set);
    addToGroup(round, asset, set);
  }
  return requestsOf(round);
}

/**
 * What may be requested while runs are under way: whatever has all that it needs, at once.
 * An asset joins runs that make everything that it waits for.
 * Where a policy wants many partitions in a run, the run waits for the last of them.
 */
export function nextReady({ assets }: Backfill, soFar: BackfillSoFar): Requests {
  const round = newRound(soFar);
  for (const asset of assets) {
    let rest = restOf(asset, soFar);
    if (rest.count === 0) continue;
    const others = asset.needs.filter(it => it.parent !== asset);
    const waiting = others.map(edge => waitsBecauseOf(round, edge, rest)).reduce(union, emptySet);
    for (const group of asset.needsItself || waiting.count === 0 ? [] : groupsAbove(round, asset)) {
      if (!isAlike(group, asset) || !containsAll(rest, group.set) || !makesAllFor(round, group, asset))
        continue;
      join(round, group, asset);
      rest = difference(rest, group.set);
    }
    let set = wholeChunks(rest, difference(rest, waiting), asset.policy, asset.partitions);
    for (const edge of asset.needs) {
      if (edge.parent !== asset) continue;
      set = inOrder(round, edge, asset.policy === null ? set : aloneRanges(round, edge, set));
    }
    if (set.count > 0) addToGroup(round, asset, set);
  }
  return requestsOf(round);
}

/** What of an asset is still to be requested. */
export function restOf({ key, target }: BackfillAsset, soFar: BackfillSoFar): PartitionSet {
  let rest = target;
  for (const sets of [soFar.materialized, soFar.requested, soFar.givenUp]) {
    const set = sets.get(key);
    if (set !== undefined && rest.count > 0) rest = difference(rest, set);
  }
  return rest;
}

/** What is found out in one look at all assets. */
interface Round {
  readonly soFar: BackfillSoFar;
  readonly groups: RequestGroup[];
  readonly groupsOf: Map<BackfillAsset, RequestGroup[]>;
  readonly failures: string[];
}

/** What assets have in common that can go into the same runs. */
interface Alike {
  readonly partitions: Partitioning;
  readonly policy: BackfillPolicy | null;
}

function newRound(soFar: BackfillSoFar): Round {
  return { soFar, groups: [], groupsOf: new Map(), failures: [] };
}

function requestsOf({ groups, failures }: Round): Requests {
  return failures[0] === undefined ? { groups, failure: null } : { groups: [], failure: failures[0] };
}

function addToGroup(round: Round, asset: BackfillAsset, set: PartitionSet): void {
  let group = round.groups.find(it => isAlike(it, asset) && sameSet(it.set, set));
  if (group === undefined) {
    group = { assets: [], set, partitions: asset.partitions, policy: asset.policy };
    round.groups.push(group);
  }
  join(round, group, asset);
}

function join({ groupsOf }: Round, group: RequestGroup, asset: BackfillAsset): void {
  group.assets.push(asset);
  groupsOf.set(asset, [...(groupsOf.get(asset) ?? []), group]);
}

function groupsAbove({ groupsOf }: Round, { needs }: BackfillAsset): Set<RequestGroup> {
  return new Set(needs.flatMap(it => groupsOf.get(it.parent) ?? []));
}

/** In the first wave what needs nothing; then what is below anything that has ended, or goes in the same wave. */
function candidates(asset: BackfillAsset, soFar: BackfillSoFar, now: PartitionSets): PartitionSet {
  const rest = restOf(asset, soFar);
  if (rest.count === 0 || asset.needs.some(it => hasEnded(it.parent, soFar))) return rest;
  const reached = asset.needs.map(edge => needing(edge, now.get(edge.parent.key) ?? emptySet));
  return intersection(rest, reached.reduce(union, asset.roots));
}

function hasEnded({ key }: BackfillAsset, { materialized, failed }: BackfillSoFar): boolean {
  return (materialized.get(key)?.count ?? 0) > 0 || (failed.get(key)?.count ?? 0) > 0;
}

function requestInWave(
  round: Round,
  asset: BackfillAsset,
  candidate: PartitionSet,
  now: PartitionSets,
): PartitionSet {
  let set = candidate;
  const isAnyParentRequested = asset.needs.some(it => now.has(it.parent.key));
  for (const edge of asset.needs) {
    if (set.count === 0) break;
    if (edge.parent === asset) {
      set = inOrder(round, edge, set);
      continue;
    }
    const waiting = waitsBecauseOf(round, edge, set);
    if (waiting.count === 0 || canGoTogether(round, edge, set, now)) continue;
    if (isAnyParentRequested) return emptySet;
    set = difference(set, waiting);
  }
  return set;
}

/** The partitions of a set that need something that is targeted and not there yet. */
function waitsBecauseOf(round: Round, edge: BackfillEdge, set: PartitionSet): PartitionSet {
  if (set.count === 0) return set;
  const missing = missingFor(round, edge, set);
  return missing.count === 0 ? emptySet : intersection(needing(edge, missing), set);
}

/** What a set needs that is targeted and not there yet. Nothing is waited for that is not targeted (semantics B7). */
function missingFor({ soFar, failures }: Round, edge: BackfillEdge, set: PartitionSet): PartitionSet {
  const { parent, child } = edge;
  const { partitions, nonexistent } = neededBy(edge, set);
  if (nonexistent.count > 0) {
    const [first] = nonexistent.keys();
    failures.push(
      `${child.key} needs the partition ${first} of ${parent.key}, which does not exist. Choose partitions that have all that they need, or let the mapping leave out what does not exist.`,
    );
  }
  return difference(intersection(partitions, parent.target), soFar.materialized.get(parent.key) ?? emptySet);
}

/** Whether a set of the child can be requested with the same set of the parent (semantics B8). */
function canGoTogether(round: Round, edge: BackfillEdge, set: PartitionSet, now: PartitionSets): boolean {
  const { parent, child, isSamePartition } = edge;
  const requested = now.get(parent.key) ?? emptySet;
  if (child.needsItself || !isAlike(parent, child) || !sameSet(requested, set)) return false;
  if (isSamePartition) return true;
  return (
    parent.policy !== null &&
    mostPerRun(parent.policy) > requested.count &&
    sameSet(parent.target, child.target) &&
    sameSet(requested, parent.target) &&
    standsAlone(round, edge, set)
  );
}

/** Whether the runs of a group make everything that the same partitions of an asset wait for. */
function makesAllFor(round: Round, group: RequestGroup, asset: BackfillAsset): boolean {
  return asset.needs.every(edge => {
    if (waitsBecauseOf(round, edge, group.set).count === 0) return true;
    return (
      group.assets.includes(edge.parent) && (edge.isSamePartition || standsAlone(round, edge, group.set))
    );
  });
}

/** Whether a set is so small that its runs are its ranges, and none of them needs what another one makes. */
function standsAlone(round: Round, edge: BackfillEdge, set: PartitionSet): boolean {
  const { policy, partitions } = edge.child;
  if (set.count > mostPerRun(policy)) return false;
  for (const chunk of chunksOf(set, policy, partitions)) {
    const part = setOfRanges([chunk]);
    if (!containsAll(part, missingFor(round, edge, part))) return false;
  }
  return true;
}

/** Of an asset that needs itself, what needs nothing that is not there; with a policy, no more than one run makes. */
function inOrder(round: Round, edge: BackfillEdge, set: PartitionSet): PartitionSet {
  const { policy } = edge.child;
  const missing = missingFor(round, edge, set);
  if (policy === null) return difference(set, needing(edge, missing));
  const startable = containsAll(set, missing) ? set : difference(set, needing(edge, missing));
  const alone = aloneRanges(round, edge, startable);
  return policy.maxPartitionsPerRun === null ? alone : splitSet(alone, policy.maxPartitionsPerRun)[0];
}

/** Ranges that need nothing but themselves and what is there. */
function aloneRanges(round: Round, edge: BackfillEdge, set: PartitionSet): PartitionSet {
  const alone = set.ranges.filter(range => {
    const part = setOfRanges([range]);
    return containsAll(part, missingFor(round, edge, part));
  });
  return setOfRanges(alone);
}

function isAlike(a: Alike, b: Alike): boolean {
  return a.partitions === b.partitions && samePolicy(a.policy, b.policy);
}
