import type { ScannedGraph } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { DbtRequest, DbtRunOptions } from "../model/dbtNode.ts";
import type { Database } from "../store/database.ts";
import { targetOfEnvironment } from "../store/dbtInvocations.ts";
import { materializedAssets } from "../store/states.ts";
import { type Configuration, ConfigurationError } from "./configuration.ts";
import { deferredModels, recordedFolder, requireFolder, stateSource } from "./dbtDefer.ts";
import { usualTarget } from "./dbtVariant.ts";
import type { CodeLoader } from "./loadedCode.ts";

/** What requests say of dbt: what it means for their plan, and what is recorded with their runs. */
export interface DbtRequests {
  /** The models that need not be there, for they are read elsewhere. */
  deferred(request: DbtRequest | undefined): Promise<ReadonlySet<AssetKey>>;
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
): DbtRequests {
  const environment = configuration.environment.value;
  const { variant } = configuration.dbt.value;
  return {
    async deferred(request = {}) {
      const { graph, dbt } = await code.load();
      return deferredModels(stateSource(configuration, request, dbt.project), graph.assets);
    },
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
