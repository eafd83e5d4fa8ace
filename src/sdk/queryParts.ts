import { notInDatabase } from "./boundQuery.ts";
import type { CheckDefinition } from "./check.ts";
import type { AssetDefinition } from "./definition.ts";
import type { DefinitionProblems } from "./definitionError.ts";
import { inWords } from "./inWords.ts";

type Options = Readonly<Record<string, unknown>>;

/** The options of an asset that is made by SQL, as those of any asset. */
export function queryOptions(
  { sql, ...options }: Options,
  key: string,
  problems: DefinitionProblems,
): Options {
  if (typeof sql !== "function") {
    problems.add(
      sql === undefined
        ? `Asset "${key}" has no function "sql"`
        : `"sql" of asset "${key}" is ${inWords(sql)} instead of a function`,
      `Write sql: ({ readings }) => sql\`select … from \${readings}\`.`,
    );
  }
  return { ...options, materialize: typeof sql === "function" ? sql : () => null };
}

/** SQL reads and writes where it runs: in the state database. */
export function requireDatabase(
  { key, io, inputs, checkDefinitions }: Pick<AssetDefinition, "key" | "io" | "inputs" | "checkDefinitions">,
  own: AssetDefinition,
  problems: DefinitionProblems,
): void {
  if (io !== null && io.select === undefined) {
    problems.add(
      `"io" of asset "${key}" does not keep it in the state database, where its SQL runs`,
      "Remove it, or write io: postgresTable({ … }).",
    );
  }
  for (const [name, { upstream }] of Object.entries(inputs)) {
    if (upstream === own || upstream.io === null || upstream.io.select !== undefined) continue;
    problems.add(...notInDatabase(name, upstream.key, key));
  }
  requireSqlChecks(key, checkDefinitions, problems);
}

/** The rows of a query are in no process that could hand them to a function. */
export function requireSqlChecks(
  key: string,
  checks: readonly CheckDefinition[],
  problems: DefinitionProblems,
): void {
  for (const { kind, name } of checks) {
    if (kind === "sql") continue;
    problems.add(
      `The check "${name}" of asset "${key}" wants to read its rows, but SQL leaves them in the database`,
      'Write it in SQL: { name: "plausible", sql: "celsius < 60" }.',
    );
  }
}
