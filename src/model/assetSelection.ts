import type { AssetGraph } from "./assetGraph.ts";
import { isExternal } from "./assetGraph.ts";
import type { AssetKey } from "./assetKey.ts";
import type { Selection, SelectionOperation, SelectionProblem, SelectionTraversal } from "./selection.ts";
import { matchTerm, type StateChanges } from "./selectionMatch.ts";
import { parseSelection } from "./selectionSyntax.ts";

export interface SelectedAssets {
  /** In the order of the graph; empty when there are problems. */
  readonly keys: readonly AssetKey[];
  readonly problems: readonly SelectionProblem[];
  /** Sentences about parts that matched nothing, with what may have been meant: no error, but worth saying. */
  readonly hints: readonly string[];
}

export interface SelectionOptions {
  /** Whether `*`, `not`, `group:`, `tag:` and `kind:` see sources and exposures. They do not by default. */
  readonly includeExternal?: boolean;
  /** Whether going up also reaches what is external, which is there to be tested, not made. */
  readonly upToExternal?: boolean;
  /** What `state:` stands for; where nobody has compared anything, it is a problem. */
  readonly changes?: StateChanges;
}

/** The assets that a text selects. */
export function selectByText(text: string, graph: AssetGraph, options?: SelectionOptions): SelectedAssets {
  const { value, problems } = parseSelection(text);
  return value === null ? { keys: [], problems, hints: [] } : selectAssets(value, graph, options);
}

/**
 * The assets that a selection stands for.
 * Going up leaves out what is external, for there is nothing to materialize; going down and `key:` keep it.
 */
export function selectAssets(
  selection: Selection,
  graph: AssetGraph,
  { includeExternal = false, upToExternal = false, changes }: SelectionOptions = {},
): SelectedAssets {
  const { assets } = graph;
  const neighbours = neighboursOf(graph);
  const external = setOf(assets.map(isExternal));
  const all = includeExternal ? setOf(assets.map(() => true)) : complement(external);
  const problems: SelectionProblem[] = [];
  const hints: string[] = [];
  const stack: AssetSet[] = [];
  for (const operation of selection.operations) stack.push(carryOut(operation));

  const selected = stack.pop() ?? setOf([]);
  const keys = problems.length > 0 ? [] : assets.filter((_, i) => selected[i] === 1).map(it => it.key);
  return { keys, problems, hints };

  function carryOut(operation: SelectionOperation): AssetSet {
    switch (operation.op) {
      case "all":
        return all;
      case "term": {
        const { matches, problem, hint } = matchTerm(
          operation,
          selection.text,
          assets,
          includeExternal,
          changes,
        );
        if (problem !== null) problems.push(problem);
        if (hint !== null) hints.push(hint);
        return setOf(matches);
      }
      case "not":
        return intersection(all, complement(operand()));
      case "and":
        return intersection(operand(), operand());
      case "or":
        return union(operand(), operand());
      case "roots": {
        const set = operand();
        return intersection(set, complement(reach(set, neighbours.children, Number.POSITIVE_INFINITY)));
      }
      case "sinks": {
        const set = operand();
        return intersection(set, complement(reach(set, neighbours.parents, Number.POSITIVE_INFINITY)));
      }
      case "traverse":
        return traverse(operation, operand());
    }
  }

  function traverse({ up, down }: SelectionTraversal, from: AssetSet): AssetSet {
    const above = up === null ? null : union(from, reach(from, neighbours.parents, up));
    const below = down === null ? null : union(from, reach(from, neighbours.children, down));
    const wanted = above === null || upToExternal ? above : intersection(above, complement(external));
    return union(wanted ?? none(), below ?? none());
  }

  function operand(): AssetSet {
    return stack.pop() ?? none();
  }

  function none(): AssetSet {
    return new Uint8Array(assets.length);
  }
}

/** What a text asks of `state:`, each once: "modified". */
export function statesAskedFor(text: string): readonly string[] {
  const terms = parseSelection(text).value?.operations ?? [];
  return [
    ...new Set(terms.flatMap(it => (it.op === "term" && it.attribute === "state" ? (it.value ?? []) : []))),
  ];
}

/** One byte per asset, in the order of the graph: 1 is in the set. */
type AssetSet = Uint8Array;

/** For each asset the positions of its parents and children; an asset is no neighbour of itself. */
function neighboursOf({ assets, edges }: AssetGraph) {
  const positions = new Map(assets.map(({ key }, i) => [key, i]));
  const parents: number[][] = assets.map(() => []);
  const children: number[][] = assets.map(() => []);
  for (const { from, to } of edges) {
    const [above, below] = [positions.get(from), positions.get(to)];
    if (above === undefined || below === undefined || above === below) continue;
    parents[below]?.push(above);
    children[above]?.push(below);
  }
  return { parents, children };
}

/** What one to `levels` steps from any member lead to; a member is among it when another one leads to it. */
function reach(from: AssetSet, neighbours: readonly (readonly number[])[], levels: number): AssetSet {
  const reached = new Uint8Array(from.length);
  let frontier: number[] = [];
  for (let i = 0; i < from.length; i++) if (from[i] === 1) frontier.push(i);
  for (let level = 0; level < levels && frontier.length > 0; level++) {
    const following: number[] = [];
    for (const asset of frontier) {
      for (const neighbour of neighbours[asset] ?? []) {
        if (reached[neighbour] === 1) continue;
        reached[neighbour] = 1;
        // A member has already set out on its own, with more levels left.
        if (from[neighbour] !== 1) following.push(neighbour);
      }
    }
    frontier = following;
  }
  return reached;
}

function setOf(members: readonly boolean[]): AssetSet {
  return Uint8Array.from(members, Number);
}

function union(a: AssetSet, b: AssetSet): AssetSet {
  return a.map((member, i) => member | (b[i] ?? 0));
}

function intersection(a: AssetSet, b: AssetSet): AssetSet {
  return a.map((member, i) => member & (b[i] ?? 0));
}

function complement(set: AssetSet): AssetSet {
  return set.map(member => 1 - member);
}
