import { ConfigurationError } from "../engine/configuration.ts";
import type { AssetNode } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import { formatCounted } from "../model/format.ts";
import { dynamicNames } from "../model/partitionsDefinition.ts";
import { selectionWord, shellWord } from "../model/shellWord.ts";
import { didYouMean } from "../model/suggest.ts";
import { color, errorColor, printJson, say, table } from "./terminal.ts";
import { type WorkspaceOptions, withEngine } from "./workspace.ts";

interface PartitionsOptions extends WorkspaceOptions {
  json?: boolean;
}

/** Lists all dynamic partitions, or the keys of one. */
export function listPartitions(name: string | undefined, options: PartitionsOptions): Promise<void> {
  return name === undefined ? listNames(options) : listKeys(name, options);
}

/** What they are called, how many keys they have, who is cut by them. */
async function listNames(options: PartitionsOptions): Promise<void> {
  await withEngine(options, async engine => {
    const { assets } = await engine.definitions();
    const names = new Set([...assets.flatMap(namesOf), ...(await engine.dynamicNames())]);
    const partitions = await Promise.all(
      [...names].sort().map(async name => ({
        name,
        keys: (await engine.dynamicKeys(name)).length,
        assets: assets.filter(it => namesOf(it).includes(name)).map(it => it.key),
      })),
    );
    if (options.json) return printJson({ partitions });
    if (partitions.length === 0)
      return say("No asset has dynamicPartitions(…), whose keys are added by hand.");
    say(
      table(
        partitions.map(it => [
          it.name,
          formatCounted(it.keys, "key"),
          color.dim(it.assets.join(", ") || "no asset has them any more"),
        ]),
      ),
    );
  });
}

async function listKeys(name: string, options: PartitionsOptions): Promise<void> {
  await withEngine(options, async engine => {
    const keys = await engine.dynamicKeys(name);
    const { assets } = await engine.definitions();
    const asset = assets.find(it => it.key === name);
    const kind = asset?.partitionsDefinition?.kind ?? "dynamic";
    if (keys.length === 0 && kind !== "dynamic" && kind !== "multi") {
      throw new ConfigurationError(
        `The partitions of ${name} are given by its definition (${asset?.partitions}); keys are added only to dynamicPartitions. ` +
          `"millrace backfill ${selectionWord(name as AssetKey)} --dry-run" tells how they stand.`,
      );
    }
    tellUnknownName(name, assets);
    if (options.json) printJson({ name, keys });
    else if (keys.length === 0)
      say(`"${name}" has no keys yet. Add some with "millrace partitions add ${shellWord(name)} KEY…".`);
    else for (const key of keys) say(key);
  });
}

/** Adds or removes keys; what is so already is said and stays so. */
export async function changeKeys(
  action: "add" | "remove",
  name: string,
  keys: readonly string[],
  options: PartitionsOptions,
): Promise<void> {
  await withEngine(options, async engine => {
    tellUnknownName(name, (await engine.definitions()).assets);
    const changed = await engine.changeDynamicKeys(name, { [action]: keys });
    if (options.json) printJson({ name, changed });
    else {
      const done = action === "add" ? "added" : "removed";
      say(changed.length > 0 ? `${done} ${changed.join(", ")}` : `Nothing was ${done}: it is so already.`);
    }
  });
}

/** No mistake for sure, for keys may be there before the asset is; and most likely one. */
function tellUnknownName(name: string, assets: readonly AssetNode[]): void {
  const names = assets.flatMap(namesOf);
  if (names.includes(name)) return;
  const [ofAsset] = assets.filter(it => it.key === name).flatMap(namesOf);
  const meant = ofAsset
    ? ` The partitions of the asset ${name} are called "${ofAsset}".`
    : didYouMean(name, names);
  process.stderr.write(`${errorColor.yellow("!")} No asset has dynamicPartitions("${name}").${meant}\n`);
}

function namesOf({ partitionsDefinition = null }: AssetNode): string[] {
  return dynamicNames(partitionsDefinition);
}
