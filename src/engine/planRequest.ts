import { type AssetGraph, isExternal, type ScannedGraph } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import { selectByText } from "../model/assetSelection.ts";
import { classifyTarget } from "../model/backfillClasses.ts";
import { formatCount } from "../model/format.ts";
import { latestPartitions } from "../model/latestPartitions.ts";
import { cutIntoPartitions, type PartitionTarget } from "../model/partitionPlan.ts";
import {
  difference,
  emptySet,
  indexesOf,
  type PartitionSet,
  setOfIndexes,
  setOfRange,
  union,
} from "../model/partitionSet.ts";
import {
  allPartitions,
  type Partitioning,
  type PartitionsMoment,
  partitionsAt,
} from "../model/partitions.ts";
import { type PartitionsDefinition, samePartitions } from "../model/partitionsDefinition.ts";
import { type Plan, planRun, quotedSelection, withoutSteps } from "../model/plan.ts";
import type { StateChanges } from "../model/selectionMatch.ts";
import { spellKey } from "../model/selectionSyntax.ts";
import { selectPartitions } from "../model/selectPartitions.ts";
import { shellWord } from "../model/shellWord.ts";
import { didYouMean } from "../model/suggest.ts";
import { tellOfAssets } from "../model/tellOfAssets.ts";
import { neededInVain, unknownPartition } from "../model/unknownPartition.ts";
import { upstreamNeeds } from "../model/upstreamNeeds.ts";
import type { MaterializeRequest } from "../protocol/engine.ts";
import { ConfigurationError, NothingToRun } from "./configuration.ts";
import { foreignModels } from "./foreignModels.ts";
import { nothingToRun } from "./nothingToRun.ts";
import { partialReads } from "./partialReads.ts";
import type { Stand } from "./stands.ts";

/** How some assets stand now; what is stale only when that is wanted. */
export type ReadStands = (
  assets: readonly AssetKey[],
  options: { stale: boolean },
) => Promise<ReadonlyMap<AssetKey, Stand>>;

/** What is to be planned. */
export interface PlannedRequest
  extends Pick<MaterializeRequest, "selection" | "partitions" | "only" | "dbt"> {
  /** Of partitioned assets these, key by key. */
  keys?: readonly string[];
  /** Of partitioned assets the latest so many, as they were at a moment, such as the tick of a schedule. */
  latest?: { count: number; at: PartitionsMoment };
  /** Models of dbt that its other models read elsewhere as long as they are not there. */
  deferred?: ReadonlySet<AssetKey>;
  /** What `state:` stands for in the selection. */
  changes?: StateChanges;
}

/** Plans what is asked for, or refuses before anything runs, with every reason at once. */
export async function planRequest(
  request: PlannedRequest,
  graph: ScannedGraph,
  materialized: ReadonlySet<AssetKey>,
  stands: ReadStands,
): Promise<{ plan: Plan; notes: readonly string[] }> {
  const selected = selectAssets(request.selection, graph, request.changes);
  const { value, problems, notes } = planRun(graph, selected.keys, materialized, request.deferred);
  if (value === null) refuse(problems);
  if (request.dbt?.fullRefresh)
    refuseToDropPartitions(
      value.steps.flatMap(it => it.assets),
      graph,
    );
  const foreign = foreignModels(graph, new Set(value.steps.flatMap(it => it.assets)));
  if (foreign.length > 0) refuse(foreign);
  const only = await narrowed(request, value, graph, stands);
  const targets = await partitionTargets(request, only, graph, stands);
  const missing = await missingUpstream(only, targets, graph, stands, request.deferred);
  if (missing.length > 0) refuse(missing);
  const plan = cutIntoPartitions(only, targets, graph.edges);
  if (plan.steps.length === 0) {
    const partitionings = [...targets.values()].map(it => it.partitions);
    throw nothingToRun(request.only, partitionings);
  }
  const partial = await partialReads(plan, targets, graph, stands);
  return { plan, notes: [...notes, ...selected.hints, ...partial] };
}

/** The assets that a selection names, or a refusal with what was probably meant. */
export function selectAssets(selection: string, graph: ScannedGraph, changes?: StateChanges) {
  const selected = selectByText(selection, graph, changes ? { changes } : {});
  if (selected.problems.length > 0) {
    const messages = selected.problems.map(it => it.message);
    refuse(notFound(graph, messages));
  }
  const clashes = clashesOf(graph, selected.keys);
  if (clashes.length > 0) refuse(clashes);
  const isOutside = new Set(graph.assets.filter(isExternal).map(it => it.key));
  if (changes !== undefined && selected.keys.every(it => isOutside.has(it))) {
    const states = [...changes.keys()].map(it => `state:${it}`).join(" or ");
    throw new NothingToRun(
      `Nothing to run: "${selection}" selects nothing, for nothing that is made is ${states}.`,
    );
  }
  if (selected.keys.length > 0) return selected;
  const hints = selected.hints.length > 0 ? selected.hints : [`"${selection}" selects no asset.`];
  const bare = selection.replaceAll(/[+"]|key:/g, "").trim();
  const guess = hints.some(hint => hint.includes("Did you mean"))
    ? ""
    : didYouMean(
        bare,
        graph.assets.map(it => it.key),
      );
  return refuse(notFound(graph, [...hints, guess].filter(Boolean)));
}

/** Without the assets that have no partitions and do not stand as it is asked for. */
async function narrowed(
  { only = [] }: Pick<MaterializeRequest, "only">,
  plan: Plan,
  graph: ScannedGraph,
  stands: ReadStands,
): Promise<Plan> {
  if (only.length === 0) return plan;
  const isWhole = new Set(graph.assets.filter(it => !it.partitionsDefinition).map(it => it.key));
  const wholes = plan.steps.flatMap(it => it.assets).filter(key => isWhole.has(key));
  const known = await stands(wholes, { stale: only.includes("stale") });
  const left = new Set(
    wholes.filter(key => classifyTarget(wholeAsset, known.get(key) as Stand, only).set.count === 0),
  );
  return withoutSteps(plan, step => left.has(step.assets[0] as AssetKey));
}

/** The partitions that are asked for, of each partitioned asset in the plan. */
async function partitionTargets(
  { partitions: text, only = [], keys, latest }: Omit<PlannedRequest, "selection">,
  plan: Plan,
  graph: ScannedGraph,
  stands: ReadStands,
): Promise<Map<AssetKey, PartitionTarget>> {
  const nodes = new Map(graph.assets.map(asset => [asset.key, asset]));
  const partitioned = plan.steps
    .flatMap(step => step.assets)
    .filter(key => nodes.get(key)?.partitionsDefinition);
  const known = await stands(partitioned, { stale: only.includes("stale") });
  const targets = new Map<AssetKey, PartitionTarget>();
  const problems = new Map<string, AssetKey[]>();
  const refused = (key: AssetKey, what: string) => problems.set(what, [...(problems.get(what) ?? []), key]);
  for (const [key, stand] of known) {
    const { partitions } = stand;
    const definition = partitions.definition as PartitionsDefinition;
    if (keys) {
      const [unknown, ...others] = keys.filter(it => partitions.indexOf(it) === null);
      if (unknown === undefined) {
        const set = setOfIndexes(keys.map(it => partitions.indexOf(it) as number));
        targets.set(key, { definition, partitions, set });
      } else {
        const more = others.length === 0 ? "" : ` Nor is there ${alsoInWords(others)}.`;
        refused(key, `: ${unknownPartition(partitions, unknown)}${more}`);
      }
      continue;
    }
    if (latest) {
      targets.set(key, { definition, partitions, set: latestThen(definition, partitions, latest) });
      continue;
    }
    if (!text && only.length === 0) {
      const { count } = allPartitions(partitions);
      const last = count > 0 ? partitions.keyAt(count - 1) : "KEY";
      refused(
        key,
        ` has partitions: say which, by --partition ${shellWord(last)}, --partitions A...B, --missing, --failed or --stale.`,
      );
      continue;
    }
    const asked = text ? selectPartitions(text, partitions) : { set: allPartitions(partitions) };
    if ("error" in asked) refused(key, `: ${asked.error}`);
    else targets.set(key, { definition, partitions, set: classifyTarget(asked.set, stand, only).set });
  }
  if (problems.size > 0) refuse(tellOfAssets(problems));
  if ((text || keys) && targets.size === 0)
    refuse(["None of the selected assets has partitions. Leave --partition or --partitions out."]);
  return targets;
}

function alsoInWords(keys: readonly string[]): string {
  return keys.length === 1 ? `"${keys[0]}"` : `any of ${formatCount(keys.length)} others that are asked for`;
}

/** Among those that exist now, the ones that were the latest at another moment. */
function latestThen(
  definition: PartitionsDefinition,
  now: Partitioning,
  { count, at }: NonNullable<PlannedRequest["latest"]>,
): PartitionSet {
  const then = partitionsAt(definition, at);
  const keys = [...indexesOf(latestPartitions(then, count))].map(index => then.keyAt(index));
  return setOfIndexes(keys.flatMap(key => now.indexOf(key) ?? []));
}

/** What is needed of partitions that are not made must be there: the sentences that say what is missing. */
export async function missingUpstream(
  plan: Pick<Plan, "steps">,
  targets: ReadonlyMap<AssetKey, PartitionTarget>,
  graph: AssetGraph,
  stands: ReadStands,
  deferred: ReadonlySet<AssetKey> = new Set(),
): Promise<string[]> {
  const nodes = new Map(graph.assets.map(asset => [asset.key, asset]));
  const made = new Set(plan.steps.flatMap(it => it.assets));
  const edges = graph.edges.filter(
    ({ from, to, kind, mapping }) =>
      kind === "input" &&
      made.has(to) &&
      nodes.get(from)?.partitionsDefinition &&
      // Whoever reads the whole of it takes what there is.
      (targets.has(to) || (mapping && mapping.kind !== "all")),
  );
  const known = await stands([...new Set(edges.map(it => it.from))], { stale: false });
  const problems: string[] = [];
  for (const { from, to, mapping = null } of edges) {
    const target = targets.get(to);
    const stand = known.get(from);
    if (!stand || (target && target.set.count === 0)) continue;
    const isElsewhere = deferred.has(from) && stand.materialized.count === 0 && !made.has(from);
    if (isElsewhere && nodes.get(to)?.kind === "dbt") continue;
    const downstream = target?.partitions ?? partitionsAt(null, { now: 0 });
    const needs = upstreamNeeds(mapping, stand.partitions, downstream, target?.set ?? wholeAsset);
    if ("fault" in needs) {
      problems.push(`The input ${from} of ${to}: ${needs.fault.what}. ${needs.fault.whatToDo}`);
      continue;
    }
    const [nonexistent] = needs.nonexistent.keys();
    if (nonexistent !== undefined) {
      problems.push(
        `${to} needs ${from} ${nonexistent}${othersOf(needs.nonexistent.count)}, ${neededInVain(stand.partitions, nonexistent, to)}, or allow it in the mapping.`,
      );
      continue;
    }
    const present = union(stand.materialized, targets.get(from)?.set ?? emptySet);
    const missing = difference(needs.partitions, present);
    const [first] = missing.ranges;
    if (!first) continue;
    const key = stand.partitions.keyAt(first.from);
    // A key of one is none of the other when they are cut differently: only a backfill finds what each needs.
    const isCutAlike = !target || samePartitions(target.definition, stand.partitions.definition);
    const all = `${isCutAlike ? "run" : "backfill"} ${quotedSelection(`+${spellKey(to)}`)}`;
    problems.push(
      from === to
        ? `${to} needs its own ${key}${othersOf(missing.count)} first, never materialized. Materialize that first.`
        : `${to} needs ${from} ${key}${othersOf(missing.count)}, never materialized. Materialize that first, or ${all}.`,
    );
  }
  return problems;
}

function othersOf(count: number): string {
  return count > 1 ? ` and ${count - 1} more` : "";
}

/** dbt would drop the table, and then only make those partitions that are asked for. */
export function refuseToDropPartitions(keys: Iterable<AssetKey>, { assets }: ScannedGraph): void {
  const planned = new Set(keys);
  const cut = assets.find(
    it =>
      it.kind === "dbt" && it.partitionsDefinition && it.dbt?.materialized !== "view" && planned.has(it.key),
  );
  if (cut === undefined) return;
  refuse([
    `${cut.key} is made partition by partition, and a full refresh would drop those that are not asked for. Leave --full-refresh out: the rows of a partition are replaced anyway.`,
  ]);
}

/** The one "partition" of an asset that has none. */
const wholeAsset = setOfRange(0, 1);

/** Which of two assets with one key or one table is meant, nobody can say. */
function clashesOf({ problems }: ScannedGraph, selected: readonly AssetKey[]): string[] {
  return problems
    .filter(it => / is already used at | both live in /.test(it.message))
    .filter(it => selected.some(key => it.message.includes(`"${key}"`)))
    .map(({ file, line, message }) => `${file}:${line}: ${message}`);
}

/** An asset may be missing only because its file does not load. */
export function brokenFiles({ problems }: ScannedGraph): string[] {
  return problems
    .filter(problem => problem.severity === "error")
    .map(({ file, line, message }) => `${file}:${line} does not load: ${message}`);
}

/** The reasons why something is not found, with the files that it may stand in. */
function notFound(graph: ScannedGraph, reasons: readonly string[]): string[] {
  const broken = brokenFiles(graph);
  if (broken.length === 0) return [...reasons];
  return [...broken, ...reasons, "What is declared in a file that does not load is not there until it does."];
}

function refuse(reasons: readonly string[]): never {
  throw new ConfigurationError(reasons.join("\n"));
}
