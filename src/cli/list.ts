import { ConfigurationError } from "../engine/configuration.ts";
import { readAssetStates } from "../engine/stateDatabase.ts";
import type { AssetGraph, AssetNode } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import { selectByText, statesAskedFor } from "../model/assetSelection.ts";
import type { AssetState, AssetStateName } from "../model/assetState.ts";
import { partitionCounts, wordsOfLateness, wordsOfRow } from "../model/assetWords.ts";
import { remarksInWords } from "../model/checkWords.ts";
import { formatCounted } from "../model/format.ts";
import { joinProblems, type Problem } from "../model/problem.ts";
import { shownState, stateMarks } from "../model/stateWords.ts";
import { scanWorkspace } from "../scan/workspace.ts";
import { tellDbtChanges } from "./dbtChanges.ts";
import { requestOf } from "./dbtFlags.ts";
import { noAssetsInWords } from "./noAssets.ts";
import { printProblem } from "./problems.ts";
import { color, errorColor, printJson, say, table } from "./terminal.ts";
import { configurationOf, type WorkspaceOptions, withEngine } from "./workspace.ts";

export interface ListOptions extends WorkspaceOptions {
  json?: boolean;
  state?: string;
}

/** Assets with their states; without a database the graph is still there. */
export async function list(selection: string, options: ListOptions): Promise<void> {
  const configuration = await configurationOf(options);
  const include = configuration.assets.value;
  const changes =
    statesAskedFor(selection).length === 0
      ? undefined
      : await withEngine(options, engine => engine.stateChanges(selection, requestOf(options).dbt));
  const graph = await scanWorkspace(configuration.root, include ? { include } : {});
  const found = selectByText(selection, graph, {
    includeExternal: true,
    ...(changes ? { changes } : {}),
  });
  if (found.problems.length > 0)
    throw new ConfigurationError(found.problems.map(it => it.message).join("\n"));
  for (const hint of found.hints) process.stderr.write(`${hint}\n`);

  const needsDefinitions = graph.assets.some(asset => asset.partitions !== null || asset.freshness);
  const { states, loaded } = await statesByAsset(configuration, options, needsDefinitions ? null : graph);
  const problems = joinProblems(graph.problems, loaded);
  const selected = new Set(found.keys);
  const assets = graph.assets.filter(asset => selected.has(asset.key));
  if (options.json) {
    printJson({
      assets: assets.map(asset => ({ ...asset, ...stateOf(asset, states) })),
      edges: graph.edges.filter(edge => selected.has(edge.from) && selected.has(edge.to)),
      problems,
      ...(graph.dbt ? { dbt: graph.dbt } : {}),
    });
    return;
  }
  for (const problem of problems) printProblem(problem);
  tellDbtChanges(graph.dbt);
  if (assets.length === 0) {
    say(
      graph.assets.length === 0
        ? await noAssetsInWords(configuration, problems)
        : `"${selection}" selects nothing.`,
    );
    return;
  }
  printGroups(assets, states);
  tellErrors(problems);
}

/** They stand above, out of sight behind a long list; a list is an answer all the same, and exits 0. */
function tellErrors(problems: readonly Problem[]): void {
  const errors = problems.filter(it => it.severity === "error").length;
  if (errors === 0) return;
  const what = `${formatCounted(errors, "error")} in the files, told above: what is declared there may be missing here.`;
  process.stderr.write(`${errorColor.red("✗")} ${what}\n`);
}

async function statesByAsset(
  configuration: Parameters<typeof readAssetStates>[0],
  options: WorkspaceOptions,
  /** Null: only the definitions tell. */
  scanned: AssetGraph | null,
): Promise<{ states: Map<AssetKey, AssetState> | null; loaded: readonly Problem[] }> {
  const byAsset = (states: readonly AssetState[]) => new Map(states.map(state => [state.asset, state]));
  try {
    if (scanned) return { states: byAsset(await readAssetStates(configuration, scanned)), loaded: [] };
    return await withEngine({ ...options, warm: true }, async engine => {
      // Only the definitions themselves tell how many partitions there are, and until when what is fresh.
      const { problems } = await engine.definitions();
      return { states: byAsset(await engine.assetStates()), loaded: problems };
    });
  } catch (error) {
    process.stderr.write(`${errorColor.yellow("!")} States are unknown: ${(error as Error).message}\n`);
    return { states: null, loaded: [] };
  }
}

function stateOf(asset: AssetNode, states: Map<AssetKey, AssetState> | null) {
  const unknown = asset.freshness
    ? { freshness: { state: "unknown", policy: asset.freshness, since: null, changesAt: null } }
    : {};
  if (states === null) return { state: null, ...unknown };
  const state = states.get(asset.key);
  if (!state) {
    return { state: asset.kind === "typescript" || asset.kind === "dbt" ? "missing" : null, ...unknown };
  }
  const { state: name, materializedAt, rows, durationMs, reason, error, freshness, failedChecks } = state;
  return {
    state: isOutside(asset) && name === "missing" ? null : name,
    materializedAt,
    rows,
    durationMs,
    reason,
    error,
    ...(state.parts ? { partitionCounts: partitionCounts(state) } : {}),
    ...(state.staleReason ? { staleReason: state.staleReason } : {}),
    ...(freshness ? { freshness } : unknown),
    ...(failedChecks ? { failedChecks } : {}),
    ...(state.unsureSince ? { unsureSince: state.unsureSince } : {}),
  };
}

function printGroups(assets: AssetNode[], states: Map<AssetKey, AssetState> | null): void {
  const now = Date.now();
  const groups = [...new Set(assets.map(asset => asset.group))].sort();
  const rows: string[][] = [];
  for (const group of groups) {
    if (groups.length > 1 || group !== "default") rows.push([color.bold(group)]);
    for (const asset of assets.filter(it => it.group === group)) {
      const state = states?.get(asset.key);
      const name = state?.state ?? (states ? "missing" : "unknown");
      const words = state ? wordsOfRow(state, now) : stateMarks[name].words;
      rows.push([
        `  ${markInColor(state ? shownState(state) : name)} ${asset.key}`,
        [isOutside(asset) ? color.dim(asset.kind) : words, lateness(state, now), remarks(state)]
          .filter(Boolean)
          .join(" · "),
      ]);
    }
  }
  say(table(rows.map(row => (row.length === 1 ? [row[0] ?? "", ""] : row))));
}

function markInColor(state: AssetStateName): string {
  const { terminal } = stateMarks[state];
  if (state === "materialized") return color.green(terminal);
  if (state === "failed") return color.red(terminal);
  if (state === "stale" || state === "unknown") return color.yellow(terminal);
  return state === "running" ? color.blue(terminal) : color.dim(terminal);
}

function lateness(state: AssetState | undefined, now: number): string | null {
  const words = state ? wordsOfLateness(state, now) : null;
  return words === null ? null : color.yellow(words);
}

function remarks(state: AssetState | undefined): string | null {
  const words = state ? remarksInWords(state) : null;
  if (words === null) return null;
  return state?.failedChecks?.some(it => it.severity === "error") ? color.red(words) : color.yellow(words);
}

function isOutside(asset: AssetNode): boolean {
  return asset.kind === "source" || asset.kind === "exposure";
}
