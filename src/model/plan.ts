import { type AssetGraph, type GraphIndex, indexGraph, isExternal, topologicalOrder } from "./assetGraph.ts";
import type { AssetKey } from "./assetKey.ts";
import { spellKey } from "./selectionSyntax.ts";
import { selectionWord } from "./shellWord.ts";

/** What one run will do: steps in an order in which they may run one after another. */
export interface Plan {
  readonly steps: readonly PlanStep[];
}

export interface PlanStep {
  readonly assets: readonly AssetKey[];
  /** Which partitions it makes; null for an asset without partitions, or one that is not cut yet. */
  readonly partitions: PlanPartitions | null;
  /** Positions in `steps` of what must have ended before this one starts. */
  readonly dependsOn: readonly number[];
}

/** A contiguous range of partitions. */
export interface PlanPartitions {
  /** `partitionsId` of the definition that the positions count in. */
  readonly definition: string;
  /** Positions, both included. */
  readonly first: number;
  readonly last: number;
  /** [key] of one partition, [first, last] of several. */
  readonly keys: readonly string[];
}

/** A plan, or the sentences that say why there is none; notes are worth saying and stop nothing. */
export interface PlannedRun {
  readonly value: Plan | null;
  readonly problems: readonly string[];
  readonly notes: readonly string[];
}

/**
 * Plans one run of the selected assets.
 * Everything that would stop it half-way is found here, before anything runs:
 * an input that was never materialized, a cycle, a selection that holds nothing to run.
 * What is deferred dbt reads elsewhere, for its own models alone.
 */
export function planRun(
  graph: AssetGraph,
  selected: readonly AssetKey[],
  materialized: ReadonlySet<AssetKey>,
  deferred: ReadonlySet<AssetKey> = new Set(),
): PlannedRun {
  const index = indexGraph(graph);
  const unknown = selected.filter(key => !index.nodes.has(key));
  const external = selected.filter(key => isOutside(index, key));
  const runnable = new Set(selected.filter(key => index.nodes.has(key) && !isOutside(index, key)));
  const { order, cycle } = topologicalOrder(index);

  const problems = [
    ...unknown.map(key => `There is no asset "${key}".`),
    ...cycleProblems(index, runnable, new Set(cycle)),
    ...missingInputs(graph, index, runnable, { materialized, deferred }),
  ];
  if (problems.length === 0 && runnable.size === 0) problems.push(nothingToRun(external, index));
  const notes = external.length > 0 && runnable.size > 0 ? [leftOut(external)] : [];
  return { value: problems.length > 0 ? null : stepsInOrder(index, order, runnable), problems, notes };
}

/** The plan without some of its steps; what waited for those waits for what they waited for. */
export function withoutSteps({ steps }: Plan, isOut: (step: PlanStep) => boolean): Plan {
  const kept: PlanStep[] = [];
  const standIns: (readonly number[])[] = [];
  for (const step of steps) {
    const dependsOn = [...new Set(step.dependsOn.flatMap(at => standIns[at] ?? []))].sort((a, b) => a - b);
    if (isOut(step)) standIns.push(dependsOn);
    else standIns.push([kept.push({ ...step, dependsOn }) - 1]);
  }
  return { steps: kept };
}

function isOutside({ nodes }: GraphIndex, key: AssetKey): boolean {
  const asset = nodes.get(key);
  return asset !== undefined && isExternal(asset);
}

/** One sentence for each cycle that a selected asset is on or waits for. */
function cycleProblems(index: GraphIndex, runnable: ReadonlySet<AssetKey>, cyclic: ReadonlySet<AssetKey>) {
  const told = new Set<AssetKey>();
  const problems: string[] = [];
  for (const start of runnable) {
    if (!cyclic.has(start)) continue;
    const cycle = cycleAbove(index, cyclic, start);
    const first = cycle[0] as AssetKey;
    if (cycle.some(key => told.has(key))) continue;
    for (const key of cycle) told.add(key);
    const path = shortened([...cycle, first], 8).join(" → ");
    problems.push(`These assets need each other: ${path}. Remove one of these inputs or deps.`);
  }
  return problems;
}

/** Whatever topological order left over has a parent that was left over too: going up must come back. */
function cycleAbove({ parents }: GraphIndex, cyclic: ReadonlySet<AssetKey>, start: AssetKey): AssetKey[] {
  const path: AssetKey[] = [];
  const position = new Map<AssetKey, number>();
  let at = start;
  while (!position.has(at)) {
    position.set(at, path.length);
    path.push(at);
    at = parents.get(at)?.find(parent => parent !== at && cyclic.has(parent)) ?? at;
  }
  const cycle = path.slice(position.get(at)).reverse();
  const least = cycle.reduce((best, key, i) => (key < (cycle[best] as AssetKey) ? i : best), 0);
  return [...cycle.slice(least), ...cycle.slice(0, least)];
}

function missingInputs(
  { edges }: AssetGraph,
  index: GraphIndex,
  runnable: ReadonlySet<AssetKey>,
  { materialized, deferred }: Readonly<Record<"materialized" | "deferred", ReadonlySet<AssetKey>>>,
): string[] {
  const missing = new Map<AssetKey, Set<AssetKey>>();
  for (const { from, to, kind } of edges) {
    if (kind !== "input" || !runnable.has(to)) continue;
    if (runnable.has(from) || materialized.has(from) || isOutside(index, from)) continue;
    if (deferred.has(from) && index.nodes.get(to)?.kind === "dbt") continue;
    missing.set(to, (missing.get(to) ?? new Set()).add(from));
  }
  return [...missing].map(([asset, inputs]) => {
    const undefinedInputs = [...inputs].filter(key => !index.nodes.has(key));
    if (undefinedInputs.length > 0) {
      return `${asset} needs ${list(undefinedInputs)}, which no file defines. Correct the name or define it.`;
    }
    const [were, them] = inputs.size === 1 ? ["was", "it"] : ["were", "them"];
    return `${asset} needs ${list(inputs)}, which ${were} never materialized. Materialize ${them} first, or run ${quotedSelection(`+${spellKey(asset)}`)}.`;
  });
}

function nothingToRun(external: readonly AssetKey[], { nodes }: GraphIndex): string {
  if (external.length === 0) return "Nothing to run: the selection names no asset.";
  const tested = external.find(key => (nodes.get(key)?.checks.length ?? 0) > 0);
  const advice = tested === undefined ? "" : ` Run its checks by "millrace checks ${selectionWord(tested)}".`;
  return `Nothing to run: ${leftOut(external)}${advice}`;
}

function leftOut(external: readonly AssetKey[]): string {
  const [verb, them] = external.length === 1 ? ["lives", "it"] : ["live", "them"];
  return `${list(external)} ${verb} outside, so Millrace only reads ${them}.`;
}

/** A selection with quotes of its own stands between the other ones, as a shell wants it too. */
export function quotedSelection(selection: string): string {
  return selection.includes('"') ? `'${selection}'` : `"${selection}"`;
}

/** Three names are read; of more, the rest is counted. */
function list(keys: Iterable<AssetKey>): string {
  const all = [...keys];
  const shown: string[] = all.length > 4 ? [...all.slice(0, 3), `${all.length - 3} more`] : all;
  const last = shown.pop() ?? "nothing";
  return shown.length === 0 ? last : `${shown.join(", ")} and ${last}`;
}

/** A path that is too long to read keeps its two ends. */
function shortened(path: readonly string[], most: number): string[] {
  if (path.length <= most) return [...path];
  const end = Math.floor(most / 2);
  return [...path.slice(0, end), `… ${path.length - 2 * end} more …`, ...path.slice(-end)];
}

/**
 * An asset also waits for a selected one that it needs only by way of assets that are not selected:
 * whatever subset is chosen, upstream comes before downstream, and a failure above is not built upon.
 */
function stepsInOrder(
  { parents }: GraphIndex,
  order: readonly AssetKey[],
  runnable: ReadonlySet<AssetKey>,
): Plan {
  const steps: PlanStep[] = [];
  const waitsFor = new Map<AssetKey, ReadonlySet<number>>();
  for (const key of order) {
    const above = union((parents.get(key) ?? []).map(it => waitsFor.get(it)));
    if (!runnable.has(key)) {
      waitsFor.set(key, above);
      continue;
    }
    waitsFor.set(key, new Set([steps.length]));
    steps.push({ assets: [key], partitions: null, dependsOn: [...above].sort((a, b) => a - b) });
  }
  return { steps };
}

/** Shares a set that stands alone: a long chain of unselected assets costs nothing. */
function union(sets: readonly (ReadonlySet<number> | undefined)[]): ReadonlySet<number> {
  const filled = sets.filter(it => it !== undefined && it.size > 0) as ReadonlySet<number>[];
  if (filled.length === 1 && filled[0] !== undefined) return filled[0];
  const all = new Set<number>();
  for (const set of filled) for (const step of set) all.add(step);
  return all;
}
