import type { FoundDbt } from "../../src/dbt/find.ts";
import { testDbt } from "./dbt.ts";
import { type TestWorkspace, testWorkspace } from "./workspace.ts";

/** A workspace with a dbt project "shop" in its folder "dbt", which has no profile of its own. */
export async function dbtWorkspace(
  files: Readonly<Record<string, string>>,
  found?: Pick<FoundDbt, "command">,
): Promise<TestWorkspace> {
  const { command } = found ?? (await testDbt());
  return testWorkspace({
    "millrace.json": JSON.stringify({ dbt: { project: "dbt", command } }),
    "dbt/dbt_project.yml":
      'name: shop\nversion: "1.0"\nprofile: shop\nflags: { send_anonymous_usage_stats: false }\n',
    ...files,
  });
}

/** One line of a YAML file: JSON is YAML. */
export function yaml(value: unknown): string {
  return JSON.stringify(value);
}
