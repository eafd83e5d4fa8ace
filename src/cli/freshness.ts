import { ConfigurationError } from "../engine/configuration.ts";
import type { AssetNode } from "../model/assetGraph.ts";
import { selectByText } from "../model/assetSelection.ts";
import type { AssetState } from "../model/assetState.ts";
import { formatAgo } from "../model/format.ts";
import { freshnessWords, verdictInWords } from "../model/freshnessWords.ts";
import type { SourceMeasure } from "../protocol/engine.ts";
import { color, printJson, say, table } from "./terminal.ts";
import { type WorkspaceOptions, withEngine } from "./workspace.ts";

/** Lets dbt measure its sources, and tells how fresh all is of which freshness is asked. Exits 1 when some is not. */
export async function freshness(
  selection: string,
  options: WorkspaceOptions & { json?: boolean },
): Promise<void> {
  await withEngine({ ...options, warm: true }, async engine => {
    const graph = await engine.presentDefinitions();
    const { keys, problems, hints } = selectByText(selection, graph, { includeExternal: true });
    if (problems.length > 0) throw new ConfigurationError(problems.map(it => it.message).join("\n"));
    for (const hint of hints) process.stderr.write(`${hint}\n`);
    const selected = new Set(keys);
    const assets = graph.assets.filter(it => selected.has(it.key) && it.freshness);
    const measures = new Map(
      (await engine.measureSources(assets.map(it => it.key))).map(it => [it.asset, it]),
    );
    const states = new Map((await engine.assetStates()).map(it => [it.asset, it]));
    const told = assets.map(asset => toldOf(asset, states.get(asset.key), measures.get(asset.key)));
    if (options.json) printJson({ assets: told });
    else if (told.length === 0)
      say('Nothing says how fresh it must be: "freshness" of an asset or of a source of dbt does.');
    else say(table(told.map(rowOf)));
    if (told.some(it => it.freshness.state === "fail" || it.error !== null)) process.exitCode = 1;
  });
}

type Told = ReturnType<typeof toldOf>;

function toldOf({ key, kind, freshness }: AssetNode, state?: AssetState, measure?: SourceMeasure) {
  const unknown = { state: "unknown", policy: freshness ?? "", since: null, changesAt: null } as const;
  return {
    asset: key,
    kind,
    freshness: state?.freshness ?? unknown,
    loadedAt: measure?.loadedAt ?? state?.materializedAt ?? null,
    checkedAt: measure?.checkedAt ?? null,
    error: measure?.error ?? null,
  };
}

function rowOf({ asset, freshness, loadedAt, error }: Told): string[] {
  const now = Date.now();
  const { state, policy, since } = freshness;
  const paint = state === "pass" ? color.green : state === "fail" ? color.red : color.yellow;
  const words =
    error !== null
      ? (error.split("\n")[0] ?? error)
      : verdictInWords({ state, since: since === null ? null : Date.parse(since), changesAt: null }, now);
  const newest = loadedAt === null ? "no rows" : `newest ${formatAgo(loadedAt, now)}`;
  return [
    `${error === null ? paint(freshnessWords[state].mark) : color.red("✗")} ${asset}`,
    words,
    color.dim([policy, error === null ? newest : null].filter(Boolean).join(" · ")),
  ];
}
