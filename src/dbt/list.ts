import { placeArguments } from "./arguments.ts";
import type { DbtPlace } from "./dbt.ts";
import { parseLine, recordOf, textOf } from "./json.ts";
import type { DbtLook } from "./look.ts";

/** What dbt itself selects by one of its selectors that compare with another manifest. */
export interface DbtListing {
  readonly uniqueIds: readonly string[];
  /** Why it could not, in dbt's words; null when it could. */
  readonly error: string | null;
}

/** Asks what "state:modified" and the like select, compared with the manifest in a folder. */
export function listing(
  place: DbtPlace,
  { select, state }: { readonly select: string; readonly state: string },
): DbtLook<DbtListing> {
  const uniqueIds: string[] = [];
  return {
    args: folder => [
      ...["ls", "--select", select, "--state", state, "--output", "json", "--output-keys", "unique_id"],
      ...["model", "seed", "snapshot", "source"].flatMap(it => ["--resource-type", it]),
      ...placeArguments(place),
      ...["--target-path", folder],
    ],
    record(record) {
      const { name, msg } = recordOf(record.info);
      if (name !== "PrintEvent" && name !== "ListCmdOut") return;
      const id = parseLine(textOf(msg) ?? "")?.unique_id;
      if (typeof id === "string") uniqueIds.push(id);
    },
    close: async error => ({ uniqueIds, error }),
  };
}
