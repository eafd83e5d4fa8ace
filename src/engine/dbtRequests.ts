import { listing } from "../dbt/list.ts";
import type { ScannedGraph } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import { statesAskedFor } from "../model/assetSelection.ts";
import type { DbtRequest, DbtRunOptions } from "../model/dbtNode.ts";
import type { StateChanges } from "../model/selectionMatch.ts";
import { assetsBelow } from "../scan/manifestChildren.ts";
import type { Database } from "../store/database.ts";
import { targetOfEnvironment } from "../store/dbtInvocations.ts";
import { materializedAssets } from "../store/states.ts";
import { type Configuration, ConfigurationError } from "./configuration.ts";
import { isOutdated } from "./currentDbt.ts";
import { deferredModels, recordedFolder, requireFolder, requireManifest, stateSource } from "./dbtDefer.ts";
import { requireProject } from "./dbtHome.ts";
import type { DbtSession } from "./dbtSession.ts";
import { usualTarget } from "./dbtVariant.ts";
import type { CodeLoader } from "./loadedCode.ts";

/** What requests say of dbt: what it means for their plan, and what is recorded with their runs. */
export interface DbtRequests {
  /** The models that need not be there, for they are read elsewhere. */
  deferred(request: DbtRequest | undefined): Promise<ReadonlySet<AssetKey>>;
  /** What `state:` stands for in a selection, as dbt itself finds it; undefined when it asks for nothing of it. */
  changes(selection: string, request: DbtRequest | undefined): Promise<StateChanges | undefined>;
  /** Lets dbt read its project when its manifest is not of the present files. */
  refresh(): Promise<void>;
  /** For a run of these assets; undefined when dbt makes none of them. Refuses what would mix two targets. */
  optionsFor(
    request: DbtRequest | undefined,
    assets: readonly AssetKey[],
  ): Promise<DbtRunOptions | undefined>;
}

export function createDbtRequests(
  configuration: Configuration,
  database: Database,
  code: Pick<CodeLoader, "load">,
  session: DbtSession,
): DbtRequests {
  const environment = configuration.environment.value;
  const { variant } = configuration.dbt.value;
  return {
    async deferred(request = {}) {
      const { graph, dbt } = await code.load();
      return deferredModels(stateSource(configuration, request, dbt.project), graph.assets);
    },
    async changes(selection, request = {}) {
      const asked = statesAskedFor(selection);
      if (asked.length === 0) return undefined;
      await refresh();
      const project = (await code.load()).dbt.project ?? (await requireProject(configuration));
      const { folder } = stateSource(configuration, request, project);
      const { dbt, place } = await session.open(project);
      const state = requireManifest(requireFolder(folder, `state:${asked[0]}`));
      const { graph } = await code.load();
      const keys = new Map(graph.assets.map(it => [it.uniqueId ?? "", it.key]));
      const changes = new Map<string, ReadonlySet<AssetKey>>();
      for (const value of asked) {
        const { uniqueIds, error } = await dbt.look(
          place,
          listing(place, { select: `state:${value}`, state }),
        );
        if (error !== null) throw new ConfigurationError(`dbt cannot tell what is state:${value}. ${error}`);
        // Of a model that is spliced into others, those are what is made.
        const made = uniqueIds.every(it => keys.has(it))
          ? uniqueIds
          : await assetsBelow(project.manifest, uniqueIds, it => keys.has(it));
        changes.set(value, new Set(made.flatMap(it => keys.get(it) ?? [])));
      }
      return changes;
    },
    refresh,
    async optionsFor(request = {}, assets) {
      const { graph, dbt } = await code.load();
      const ofDbt = keysOfDbt(graph);
      if (!assets.some(it => ofDbt.has(it))) return undefined;
      await refuseOtherTarget(ofDbt);
      const { defer, folder } = stateSource(configuration, request, dbt.project);
      const options: DbtRunOptions = {
        ...(request.fullRefresh ? { fullRefresh: true } : {}),
        ...variant,
        ...(defer
          ? { defer, state: recordedFolder(configuration.root, requireFolder(folder, "--defer")) }
          : request.defer === false
            ? { defer: false }
            : {}),
      };
      return Object.keys(options).length > 0 ? options : undefined;
    },
  };

  /** What is new has to be in the graph. */
  async function refresh() {
    const { dbt } = await code.load();
    if (dbt.project !== null && (dbt.state === null || isOutdated(dbt))) await session.parse(dbt.project);
  }

  /** An environment says of one target what is there. */
  async function refuseOtherTarget(ofDbt: ReadonlySet<AssetKey>) {
    const asked = variant.target;
    const recorded = await targetOfEnvironment(database, environment);
    if (recorded !== null) {
      const meant = asked ?? (await usualTarget(configuration));
      if (meant === null || meant === recorded) return;
      const instead = asked === undefined ? `Add --target ${recorded}` : "Leave --env out";
      throw new ConfigurationError(
        `The environment ${environment} holds what dbt made with --target ${recorded}, and this is ${meant}. ${instead}, or name another environment.`,
      );
    }
    if (asked === undefined || asked === environment) return;
    const there = await materializedAssets(database, environment);
    if (![...there].some(it => ofDbt.has(it))) return;
    throw new ConfigurationError(
      `The environment ${environment} holds what dbt made without --target, and --target ${asked} is made elsewhere. Leave --env out, or name another environment.`,
    );
  }
}

function keysOfDbt({ assets }: ScannedGraph): ReadonlySet<AssetKey> {
  return new Set(assets.filter(it => it.kind === "dbt").map(it => it.key));
}
