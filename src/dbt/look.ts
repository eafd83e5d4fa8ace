import type { Account, Ending } from "./account.ts";
import type { JsonRecord } from "./json.ts";
import { recordOf, textOf } from "./json.ts";

/** A call of dbt that makes nothing and answers something. */
export interface DbtLook<T> {
  /** The command line, without the program; dbt writes what it writes into the folder. */
  args(folder: string): string[];
  record(record: JsonRecord): void;
  /** The answer; `failure` is why dbt could not give one, in its words. */
  close(failure: string | null, folder: string): Promise<T>;
}

/** Follows a look through dbt's log. */
export function openLook<T>(look: DbtLook<T>): {
  account: Account;
  close(ending: Ending, folder: string): Promise<T>;
} {
  const errors: string[] = [];
  const account: Account = {
    record(record) {
      const { level, msg } = recordOf(record.info);
      if (level === "error") errors.push((textOf(msg) ?? "").replace(/^Encountered an error:\s*/, ""));
      else look.record(record);
    },
    event: () => {},
    close: () => Promise.reject(new Error("A look has no account.")),
  };
  return {
    account,
    close({ kind, failure }, folder) {
      const isDone = kind === "ended" && failure === null && errors.length === 0;
      const why = errors.join("\n") || failure || "dbt was interrupted.";
      return look.close(isDone ? null : why.trim(), folder);
    },
  };
}
