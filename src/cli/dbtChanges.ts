import type { DbtProjectState } from "../model/dbtNode.ts";
import { errorColor } from "./terminal.ts";

/** Says in one line on standard error what of a dbt project its graph does not show yet, and what shows it. */
export function tellDbtChanges(dbt: DbtProjectState | undefined): void {
  if (dbt?.isOfOtherTarget) {
    process.stderr.write(
      `${errorColor.yellow("!")} dbt has read ${dbt.name} for another target than the one that Millrace uses. Run "millrace dbt parse".\n`,
    );
  }
  const changes = dbt?.changes ?? [];
  if (dbt === undefined || changes.length === 0) return;
  const named = changes.slice(0, namedAtMost).map(({ file, what }) => {
    const path = dbt.folder === "" ? file : `${dbt.folder}/${file}`;
    return what === "changed" ? path : `${path} (${what})`;
  });
  const left = changes.length - named.length;
  const files = [...named, ...(left > 0 ? [`${left} more`] : [])].join(", ");
  process.stderr.write(
    `${errorColor.yellow("!")} Changed since dbt parsed ${dbt.name}, and not checked here: ${files}. Run "millrace dbt parse".\n`,
  );
}

const namedAtMost = 5;
