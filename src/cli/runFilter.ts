import { ConfigurationError } from "../engine/configuration.ts";
import type { Engine } from "../engine/engine.ts";
import type { AssetKey } from "../model/assetKey.ts";
import { selectByText } from "../model/assetSelection.ts";
import { hasFixedPositions } from "../model/fixedPositions.ts";
import { partitionsAt } from "../model/partitions.ts";
import { partitionsId } from "../model/partitionsDefinition.ts";
import { type PartitionOfRuns, type RunFilter, type RunStatus, runStatuses } from "../model/run.ts";
import { didYouMean } from "../model/suggest.ts";
import { scanWorkspace } from "../scan/workspace.ts";
import { findBackfill } from "./backfill.ts";
import { configurationOf, type WorkspaceOptions } from "./workspace.ts";

/** The flags by which runs are looked for, as they are written. */
export interface RunFilterFlags {
  asset?: string;
  partition?: string;
  status?: string;
  backfill?: string;
}

/** What the flags ask for; empty when nothing. */
export async function runFilter(
  engine: Engine,
  options: RunFilterFlags & WorkspaceOptions,
): Promise<RunFilter> {
  const { asset, partition, status, backfill, env } = options;
  return {
    ...(asset === undefined ? {} : { assets: await selectedAssets(engine, asset, options) }),
    ...(partition === undefined ? {} : { partition: await partitionIn(engine, partition) }),
    ...(status === undefined ? {} : { statuses: status.split(",").map(it => statusOf(it.trim())) }),
    ...(backfill === undefined ? {} : { backfillId: (await findBackfill(engine, backfill)).id }),
    ...(env === undefined ? {} : { environment: env }),
  };
}

function statusOf(written: string): RunStatus {
  const found = runStatuses.find(it => it === written);
  if (found) return found;
  throw new ConfigurationError(
    `There is no status "${written}".${didYouMean(written, runStatuses)} A run is ${runStatuses.join(", ")}.`,
  );
}

/** A run of several partitions records the first and the last: what stands between them, the definitions tell. */
async function partitionIn(engine: Engine, key: string): Promise<PartitionOfRuns> {
  const { assets } = await engine.definitions();
  const definitions = new Map(
    assets.flatMap(({ partitionsDefinition: it }) =>
      it && hasFixedPositions(it) ? [[partitionsId(it), it] as const] : [],
    ),
  );
  const moment = { now: Date.now(), dynamicKeys: () => [] };
  const positions = [...definitions].flatMap(([definition, it]) => {
    const position = partitionsAt(it, moment).indexOf(key);
    return position === null ? [] : [{ definition, position }];
  });
  return { key, positions };
}

/** As the text of the workspace has them, or a key that only the record of runs knows any more. */
async function selectedAssets(
  engine: Engine,
  selection: string,
  options: WorkspaceOptions,
): Promise<readonly AssetKey[]> {
  const { root, assets } = await configurationOf(options);
  const graph = await scanWorkspace(root, assets.value ? { include: assets.value } : {});
  const { keys, problems, hints } = selectByText(selection, graph, { includeExternal: true });
  if (problems.length > 0) {
    const known = (await engine.assetStates()).find(it => it.asset === selection);
    if (known) return [known.asset];
    throw new ConfigurationError(problems.map(it => it.message).join("\n"));
  }
  for (const hint of hints) process.stderr.write(`${hint}\n`);
  return keys;
}
