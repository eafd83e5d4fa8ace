import { readFile } from "node:fs/promises";
import { isJsonRecord, recordOf, textsOf } from "./manifestValues.ts";

/** What is built of some nodes of a manifest: the nearest below them that are assets; a model may be spliced in many. */
export async function assetsBelow(
  manifest: string,
  ids: readonly string[],
  isAsset: (id: string) => boolean,
): Promise<string[]> {
  const text = await readFile(manifest, "utf8").catch(() => "{}");
  const parsed: unknown = JSON.parse(text);
  const children = isJsonRecord(parsed) ? recordOf(parsed.child_map) : {};
  const seen = new Set(ids);
  const found: string[] = [];
  // A set that grows while it is walked is a queue that takes nobody twice.
  for (const id of seen) {
    if (isAsset(id)) found.push(id);
    else for (const child of textsOf(children[id])) seen.add(child);
  }
  return found;
}
