import { ConfigurationError } from "../engine/configuration.ts";
import type { AssetNode } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import { selectionWord, shellWord } from "../model/shellWord.ts";
import { didYouMean } from "../model/suggest.ts";
import { errorColor, printJson, say } from "./terminal.ts";
import { type WorkspaceOptions, withEngine } from "./workspace.ts";

interface PartitionsOptions extends WorkspaceOptions {
  json?: boolean;
}

/** Lists the keys of dynamic partitions. */
export async function listKeys(name: string, options: PartitionsOptions): Promise<void> {
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

function namesOf({ partitionsDefinition: it }: AssetNode): string[] {
  const all = it?.kind === "multi" ? it.dimensions.map(of => of.partitions) : it ? [it] : [];
  return all.flatMap(of => (of.kind === "dynamic" ? of.name : []));
}
