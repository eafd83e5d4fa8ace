import { ConfigurationError } from "../engine/configuration.ts";
import { printJson, say } from "./terminal.ts";
import { type WorkspaceOptions, withEngine } from "./workspace.ts";

interface PartitionsOptions extends WorkspaceOptions {
  json?: boolean;
}

/** Lists the keys of dynamic partitions. */
export async function listKeys(name: string, options: PartitionsOptions): Promise<void> {
  await withEngine(options, async engine => {
    const keys = await engine.dynamicKeys(name);
    const asset = (await engine.definitions()).assets.find(it => it.key === name);
    const kind = asset?.partitionsDefinition?.kind ?? "dynamic";
    if (keys.length === 0 && kind !== "dynamic" && kind !== "multi") {
      throw new ConfigurationError(
        `The partitions of ${name} are given by its definition (${asset?.partitions}); keys are added only to dynamicPartitions. ` +
          `"millrace backfill ${name} --dry-run" tells how they stand.`,
      );
    }
    if (options.json) printJson({ name, keys });
    else if (keys.length === 0)
      say(`"${name}" has no keys yet. Add some with "millrace partitions add ${name} KEY…".`);
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
    const changed = await engine.changeDynamicKeys(name, { [action]: keys });
    if (options.json) printJson({ name, changed });
    else {
      const done = action === "add" ? "added" : "removed";
      say(changed.length > 0 ? `${done} ${changed.join(", ")}` : `Nothing was ${done}: it is so already.`);
    }
  });
}
