import { stat } from "node:fs/promises";
import { join } from "node:path";

/**
 * The manifest of the target that Millrace uses, as it was last seen: dbt's own is overwritten by whoever has dbt
 * read the project for another target.
 */
export function keptManifest(root: string): string {
  return join(root, ".millrace", "dbt", "manifest.json");
}

/** Whether one is the copy of the other; "absent": there is no copy. */
export async function compareManifests(kept: string, manifest: string): Promise<"same" | "other" | "absent"> {
  const [copy, own] = await Promise.all([kept, manifest].map(it => stat(it).catch(() => null)));
  if (!copy || !own) return "absent";
  // Times of files are copied by the millisecond.
  const isSame = copy.size === own.size && Math.abs(copy.mtimeMs - own.mtimeMs) < 2;
  return isSame ? "same" : "other";
}
