import type { ScannedGraph } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { DbtInput } from "../protocol/worker.ts";
import type { DbtScan } from "../scan/dbtScan.ts";
import { type JoinedLoaded, joinLoaded } from "../scan/joinLoaded.ts";
import type { Configuration } from "./configuration.ts";
import { createDbtReader } from "./dbtReader.ts";
import { placementOfUsualTarget } from "./dbtVariant.ts";
import type { Definitions, DefinitionsBundler } from "./definitions.ts";
import type { Workers } from "./workers.ts";

/** Everything that runs under one digest: the definitions that a worker has loaded, and dbt's project beside them. */
export interface LoadedCode {
  readonly digest: string;
  readonly definitions: Definitions;
  readonly graph: ScannedGraph;
  readonly dbt: DbtScan;
  /** The dbt models that an asset reads, by the keys that it calls them. */
  dbtInputs(asset: AssetKey): Readonly<Record<string, DbtInput>>;
}

/** What this engine has loaded: the present code, and what runs still need of what it was before. */
export interface CodeLoader {
  /** Loads what has changed since; at once when nothing has. */
  load(): Promise<LoadedCode>;
  /** What was loaded last. */
  latest(): LoadedCode | null;
  get(digest: string): LoadedCode | undefined;
  digests(): string[];
  /** While something is submitted that needs it, though nothing in the state says so yet. */
  during<T>(digest: string, submitting: () => Promise<T>): Promise<T>;
  submitting(): readonly string[];
  /** Lets go of what nobody needs any more. */
  keepOnly(digests: ReadonlySet<string>): void;
}

export function createCodeLoader(
  configuration: Configuration,
  bundler: DefinitionsBundler,
  workers: Workers,
): CodeLoader {
  const { root, dbt } = configuration;
  const readDbt = createDbtReader(root, dbt.value, () => placementOfUsualTarget(configuration));
  const loaded = new Map<string, LoadedCode>();
  const submitted: string[] = [];
  let latest: LoadedCode | null = null;
  return {
    latest: () => latest,
    async load() {
      latest = await load();
      return latest;
    },
    get: digest => loaded.get(digest),
    digests: () => [...loaded.keys()],
    async during(digest, submitting) {
      submitted.push(digest);
      try {
        return await submitting();
      } finally {
        submitted.splice(submitted.indexOf(digest), 1);
      }
    },
    submitting: () => [...submitted],
    keepOnly(digests) {
      for (const digest of loaded.keys()) if (!digests.has(digest)) loaded.delete(digest);
      workers.keepOnly(new Set([...loaded.values()].map(it => it.definitions.digest)));
    },
  };

  async function load(): Promise<LoadedCode> {
    const [definitions, dbt] = await Promise.all([bundler.bundle(), readDbt()]);
    const graph = await workers.load(definitions);
    const digest = dbt.digest === "" ? definitions.digest : `${definitions.digest}-${dbt.digest}`;
    const known = loaded.get(digest);
    // The same graph may come from a manifest that was written since.
    if (known && known.dbt === dbt.scan) return known;
    const joined = withVars(joinLoaded(graph, dbt.scan), dbt.vars);
    const code = { digest, definitions, graph: joined.graph, dbt: dbt.scan, dbtInputs: inputsOf(joined) };
    loaded.set(digest, code);
    return code;
  }
}

/** Another value of a variable is other code to whoever asks for one. */
function withVars({ graph, models }: JoinedLoaded, vars: string): JoinedLoaded {
  const assets = graph.assets.map(it =>
    it.dbt?.usesVars ? { ...it, codeVersion: `${it.codeVersion}-${vars}` } : it,
  );
  return { graph: { ...graph, assets }, models };
}

function inputsOf({ graph: { assets, edges }, models }: JoinedLoaded): LoadedCode["dbtInputs"] {
  if (models.size === 0) return () => ({});
  const nodes = new Map(assets.map(it => [it.key, it]));
  const names = new Map<AssetKey, AssetKey[]>();
  for (const [name, key] of models) names.set(key, [...(names.get(key) ?? []), name]);
  const inputs = new Map<AssetKey, Record<string, DbtInput>>();
  for (const { from, to } of edges) {
    const node = nodes.get(from);
    const relation = node?.dbt?.relation;
    if (!relation || nodes.get(to)?.kind !== "typescript") continue;
    const ofAsset = inputs.get(to) ?? {};
    for (const name of names.get(from) ?? []) {
      ofAsset[name] = {
        key: from,
        relation: { schema: relation.schema, table: relation.table },
        partitions: node.partitionsDefinition ?? null,
        partitionColumn: node.dbt?.partitionColumn ?? null,
      };
    }
    inputs.set(to, ofAsset);
  }
  return asset => inputs.get(asset) ?? {};
}
