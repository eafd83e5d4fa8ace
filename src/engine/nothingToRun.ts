import { allPartitions, type Partitioning } from "../model/partitions.ts";
import { dynamicNames, isTimePartitions } from "../model/partitionsDefinition.ts";
import { shellWord } from "../model/shellWord.ts";
import type { MaterializeRequest } from "../protocol/engine.ts";
import { NothingToRun } from "./configuration.ts";

/** "Nothing to run: nothing of what is selected is missing or is stale.", or that no partition exists yet, and when. */
export function nothingToRun(
  only: MaterializeRequest["only"] = [],
  partitionings: readonly Partitioning[] = [],
): NothingToRun {
  const cut = partitionings.filter(it => it.definition !== null);
  if (only.length > 0 && (cut.length === 0 || cut.some(it => allPartitions(it).count > 0))) {
    const what = `nothing of what is selected ${only.map(it => asked[it]).join(" or ")}.`;
    return new NothingToRun(`Nothing to run: ${what}`, { isThere: true });
  }
  const when = cut.map(whenThereAre).find(it => it !== null) ?? "";
  return new NothingToRun(`Nothing to run: what is selected has no partitions yet.${when}`);
}

const asked = { missing: "is missing", failed: "failed when it was last tried", stale: "is stale" };

function whenThereAre({ definition }: Partitioning): string | null {
  if (isTimePartitions(definition))
    return ` The first one begins at ${definition.start}, and is there when it has ended.`;
  const [name] = dynamicNames(definition);
  return name === undefined ? null : ` Keys are added by millrace partitions add ${shellWord(name)} KEY.`;
}
