import type { BackfillPolicy } from "../model/assetGraph.ts";
import type { PartitionsDefinition } from "../model/partitionsDefinition.ts";
import type { DefinitionProblems } from "./definitionError.ts";
import { inWords } from "./inWords.ts";
import { isRecord } from "./labels.ts";

/** How a backfill cuts an asset's partitions into runs. */
export interface BackfillOptions {
  /**
   * How many partitions in a row one run makes at the most: the function is then called once for all of them, and
   * reads `partition.keys` and `partition.window`. "all": as many as there are in a row.
   */
  readonly partitionsPerRun: number | "all";
}

export function completePartitions(
  partitions: unknown = null,
  key: string,
  problems: DefinitionProblems,
): PartitionsDefinition | null {
  if (partitions === null || isPartitionsDefinition(partitions)) return partitions;
  problems.add(
    `The partitions of asset "${key}" are ${inWords(partitions)}`,
    'Write partitions: dailyPartitions({ start: "2026-01-01" }), or another of the partitions functions.',
  );
  return null;
}

/** Several partitions in a run are refused where each of them needs the one before. */
export function completeBackfill(
  backfill: unknown,
  asset: { readonly key: string; readonly isPartitioned: boolean; readonly needsItself: boolean },
  problems: DefinitionProblems,
): BackfillPolicy | null {
  if (backfill === undefined || backfill === null) return null;
  const { key, isPartitioned, needsItself } = asset;
  const { partitionsPerRun, ...others } = isRecord(backfill) ? backfill : {};
  const isNumber = Number.isSafeInteger(partitionsPerRun) && (partitionsPerRun as number) >= 1;
  if ((!isNumber && partitionsPerRun !== "all") || Object.keys(others).length > 0) {
    const found = isRecord(backfill) ? JSON.stringify(backfill) : inWords(backfill);
    problems.add(
      `"backfill" of asset "${key}" is ${found}`,
      'Write backfill: { partitionsPerRun: 10 }, or "all" instead of a number.',
    );
    return null;
  }
  if (!isPartitioned) {
    problems.add(
      `"backfill" of asset "${key}" says how its partitions are cut into runs, but it has none`,
      'Remove it, or give the asset partitions: dailyPartitions({ start: "2026-01-01" }).',
    );
  }
  if (needsItself && partitionsPerRun !== 1) {
    problems.add(
      `A run of asset "${key}" cannot make several partitions, because each needs those before it`,
      'Remove "backfill": its partitions are then made one after the other.',
    );
  }
  return { maxPartitionsPerRun: partitionsPerRun === "all" ? null : (partitionsPerRun as number) };
}

/** Plain definitions count too: another copy of the SDK may have made them. */
export function isPartitionsDefinition(value: unknown): value is PartitionsDefinition {
  return isRecord(value) && typeof value.kind === "string" && partitionKinds.includes(value.kind);
}

const partitionKinds: readonly string[] = [
  "hourly",
  "daily",
  "weekly",
  "monthly",
  "cron",
  "static",
  "dynamic",
  "multi",
];
