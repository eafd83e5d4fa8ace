import type { AssetColumn } from "../model/assetFacts.ts";
import { type AssetNode, isExternal } from "../model/assetGraph.ts";
import type { DbtColumn } from "../model/dbtColumn.ts";
import { staleCauses } from "../model/stalenessPath.ts";
import type { FactsHost } from "../protocol/details.ts";
import { lastOutcomes, pastMaterializations } from "../store/assetHistory.ts";
import type { Database } from "../store/database.ts";
import type { CodeLoader, LoadedCode } from "./loadedCode.ts";
import type { Moment } from "./moment.ts";
import { readStaleness } from "./staleness.ts";
import { describedColumns, storedNode, storedOrder } from "./stored.ts";
import type { Workers } from "./workers.ts";

/** What the facts about assets are gathered from. */
export interface FactsEdge {
  readonly database: Database;
  readonly environment: string;
  readonly code: Pick<CodeLoader, "load">;
  readonly workers: Pick<Workers, "get">;
  momentOf(code: LoadedCode): Promise<Moment>;
}

/** More nobody compares by eye. */
const shownHistory = 30;

/** Gathers what is recorded and stored of an asset. Columns come from the worker: only it has the I/O managers. */
export function createAssetFacts({ database, environment, code, workers, momentOf }: FactsEdge): FactsHost {
  return {
    async assetFacts(asset) {
      const loaded = await code.load();
      const node = storedNode(loaded, asset);
      const moment = await momentOf(loaded);
      const [columns, checks, history, stalePath] = await Promise.all([
        columnsOf(loaded, node, moment),
        lastOutcomes(database, environment, asset),
        pastMaterializations(database, environment, asset, shownHistory),
        isExternal(node) ? [] : pathOf(loaded, node, moment),
      ]);
      return { asset, columns, checks, history, stalePath };
    },
  };

  async function columnsOf(
    loaded: LoadedCode,
    node: AssetNode,
    moment: Moment,
  ): Promise<readonly AssetColumn[] | null> {
    const stored = async () =>
      (await workers.get(loaded.definitions.digest)).stored.storedColumns(storedOrder(node, null, moment));
    const [found, described] = await Promise.all([
      // A table that cannot be looked at has no types, which is no reason to say nothing else.
      stored().catch(() => null),
      describedColumns(loaded, node).catch(() => []),
    ]);
    return joinColumns(found, described);
  }

  /** Of an asset with partitions: why the last of those that are stale is so. */
  async function pathOf({ graph }: LoadedCode, { key }: AssetNode, moment: Moment) {
    const staleness = await readStaleness(database, environment, graph, moment, [key]);
    const last = staleness.stale(key).ranges.at(-1);
    return last === undefined ? [] : staleCauses(staleness.path(key, last.to - 1));
  }
}

/** What the database has counts; what is only described counts where it could not be asked. */
export function joinColumns(
  found: readonly AssetColumn[] | null,
  described: readonly DbtColumn[],
): readonly AssetColumn[] | null {
  if (found === null) {
    const columns = described.map(({ name, type, description }) => ({ name, type, description }));
    return columns.length === 0 ? null : columns;
  }
  const byName = new Map(described.map(it => [it.name.toLowerCase(), it]));
  return found.map(column => {
    const { type = null, description = null } = byName.get(column.name.toLowerCase()) ?? {};
    return { name: column.name, type: column.type ?? type, description };
  });
}
