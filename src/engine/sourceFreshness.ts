import { sourceFreshness } from "../dbt/sourceFreshness.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { SourceMeasure } from "../protocol/engine.ts";
import type { Database } from "../store/database.ts";
import { recordMeasured } from "../store/freshness.ts";
import { ConfigurationError } from "./configuration.ts";
import type { DbtSession } from "./dbtSession.ts";
import type { LoadedCode } from "./loadedCode.ts";

/** Lets dbt measure how new the data of sources is: of these assets, or of all that it can measure. */
export type MeasureSources = (only: readonly AssetKey[] | null) => Promise<SourceMeasure[]>;

export function createMeasureSources(
  database: Database,
  environment: string,
  session: DbtSession,
  load: () => Promise<LoadedCode>,
): MeasureSources {
  return async only => {
    const { graph, dbt: read } = await load();
    const wanted = only && new Set(only);
    const measured = graph.assets.filter(it => it.measuredSources && (wanted?.has(it.key) ?? true));
    if (measured.length === 0 || read.project === null) return [];
    const { dbt, place } = await session.open(read.project);
    const ids = measured.flatMap(it => it.measuredSources ?? []);
    const { sources, error } = await dbt.look(place, sourceFreshness(place, ids));
    if (error !== null) throw new ConfigurationError(`dbt could not look at its sources. ${error}`);
    const found = new Map(sources.map(it => [it.uniqueId, it]));
    const measures = measured.map(({ key, measuredSources = [] }): SourceMeasure => {
      const result = found.get(measuredSources[0] ?? "");
      if (result === undefined) return { asset: key, ...untold };
      const { status, loadedAt, checkedAt, error } = result;
      return { asset: key, status, loadedAt, checkedAt, error };
    });
    const known = measures.flatMap(({ asset, loadedAt, checkedAt }) =>
      checkedAt === null ? [] : [{ asset, loadedAt, checkedAt }],
    );
    await recordMeasured(database, environment, known);
    return measures;
  };
}

const untold = {
  status: "failed",
  loadedAt: null,
  checkedAt: null,
  error:
    "dbt did not look at it: as it reads the project now, there is no such source, or nothing says how new it must be.",
} as const;
