import type { Account, Ending } from "./account.ts";
import { placeArguments } from "./arguments.ts";
import type { DbtPlace } from "./dbt.ts";
import { parseLine, recordOf, textOf } from "./json.ts";

/** What dbt itself selects by one of its selectors that compare with another manifest. */
export interface DbtListing {
  readonly uniqueIds: readonly string[];
  /** Why it could not, in dbt's words; null when it could. */
  readonly error: string | null;
}

export interface DbtListOrder {
  /** In dbt's grammar: "state:modified". */
  readonly select: string;
  /** The folder of the other manifest, absolute. */
  readonly state: string;
}

/** The command line of a listing. */
export function listArguments(place: DbtPlace, { select, state }: DbtListOrder, folder: string): string[] {
  return [
    ...["ls", "--select", select, "--state", state, "--output", "json", "--output-keys", "unique_id"],
    ...["model", "seed", "snapshot", "source"].flatMap(it => ["--resource-type", it]),
    ...placeArguments(place),
    ...["--target-path", folder],
  ];
}

/** Follows a listing through its log. */
export function openListing(): { account: Account; close(ending: Ending): DbtListing } {
  const uniqueIds: string[] = [];
  const errors: string[] = [];
  const account: Account = {
    record(record) {
      const { name, level, msg } = recordOf(record.info);
      const said = textOf(msg) ?? "";
      const id = name === "PrintEvent" || name === "ListCmdOut" ? parseLine(said)?.unique_id : undefined;
      if (typeof id === "string") uniqueIds.push(id);
      else if (level === "error") errors.push(said.replace(/^Encountered an error:\s*/, ""));
    },
    event: () => {},
    close: () => Promise.reject(new Error("A listing has no account.")),
  };
  return {
    account,
    close({ kind, failure }) {
      const isDone = kind === "ended" && failure === null && errors.length === 0;
      const why = errors.join("\n") || failure || "dbt was interrupted.";
      return { uniqueIds, error: isDone ? null : why.trim() };
    },
  };
}
