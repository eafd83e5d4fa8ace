import type { DbtHost } from "../protocol/dbt.ts";
import { catalogOf, readDbtColumns } from "../scan/dbtColumns.ts";
import type { Configuration } from "./configuration.ts";
import { compileDbt, dbtTypes, failingRows, parseDbt, setUpPrivateDbt } from "./dbtCommands.ts";
import { requireProject } from "./dbtHome.ts";

/** Answers about dbt for an editor. None of it needs the state, so a database that is away stops only what asks it. */
export function createDbtHost(configuration: () => Promise<Configuration>): DbtHost {
  return {
    parseDbt: async () => ({ error: (await parseDbt(await configuration())).error }),
    setUpDbt: async () => ({ version: (await setUpPrivateDbt(await configuration())).version }),
    dbtTypes: async () => dbtTypes(await configuration(), { isOffline: false }),
    async dbtColumns(uniqueId) {
      const { manifest } = await requireProject(await configuration());
      return (await readDbtColumns(manifest, catalogOf(manifest))).get(uniqueId) ?? [];
    },
    failingRows: async (uniqueId, limit) => failingRows(await configuration(), uniqueId, limit),
    compiledSql: async uniqueId => compileDbt(await configuration(), uniqueId),
  };
}
