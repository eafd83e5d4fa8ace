import { mkdir, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import type { RunError } from "../model/run.ts";
import type { Account, Ending } from "./account.ts";
import type { DbtOrder, DbtPlace } from "./dbt.ts";

/** A folder for what a parse writes beside its result. */
export async function parseFolder({ cache }: DbtPlace): Promise<string> {
  await mkdir(cache, { recursive: true });
  return await mkdtemp(join(cache, "parse-"));
}

/** A parse as an order that runs nothing. */
export function parseOrder(place: DbtPlace, folder: string): DbtOrder {
  return {
    ...place,
    command: "build",
    select: [],
    fullRefresh: false,
    window: null,
    folder,
    threads: null,
    flags: [],
    signal: new AbortController().signal,
    onEvent: () => {},
  };
}

/** What dbt cannot read, at its line; null when it read everything. */
export async function whyNotParsed(account: Account, ending: Ending): Promise<RunError | null> {
  if (ending.kind === "ended" && ending.failure === null) return null;
  return (await account.close(ending)).error;
}
