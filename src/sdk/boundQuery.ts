import { brand, isBranded } from "./brand.ts";
import type { AssetDefinition } from "./definition.ts";
import { inWords } from "./inWords.ts";
import { quoted } from "./quoted.ts";
import { isSqlQuery, renderSql, type SqlRelation, sqlRelation } from "./sql.ts";
import type { StepEdge } from "./stepEdge.ts";
import { inputContext } from "./stepInputs.ts";

/** The SQL of one step, ready to be run: its inputs are relations of the same statement. */
export interface BoundQuery {
  readonly [brand]: "query";
  /** `with "readings" as …`, or nothing; stands before the statement that reads `text`. */
  readonly inputs: string;
  /** A select. */
  readonly text: string;
  readonly values: readonly unknown[];
  /** Its stack leads to the user's line. */
  readonly definedAt: Error;
}

export function isBoundQuery(value: unknown): value is BoundQuery {
  return isBranded(value, "query");
}

/** The inputs of a query: what its function receives, and the SQL that they stand for. */
export interface QueryInputs {
  readonly relations: Record<string, SqlRelation>;
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Asks for each input how SQL reads it; no row of it is read. */
export async function relateInputs(asset: AssetDefinition, edge: StepEdge): Promise<QueryInputs> {
  const values: unknown[] = [];
  const relations: Record<string, SqlRelation> = {};
  const texts: string[] = [];
  for (const [name, input] of Object.entries(asset.inputs)) {
    const { select } = edge.io(input.upstream);
    if (select === undefined) throw new Error(notInDatabase(name, input.upstream.key, asset.key).join(". "));
    // Not materialized: conditions of the query reach the table and its indexes.
    const text = await select(inputContext(input, edge), values);
    texts.push(`${quoted(name)} as not materialized (${text})`);
    relations[name] = sqlRelation(name);
  }
  return { relations, text: texts.length > 0 ? `with ${texts.join(", ")} ` : "", values };
}

/** What the function answered, with its inputs. */
export function bindQuery(asset: AssetDefinition, value: unknown, inputs: QueryInputs): BoundQuery {
  if (!isSqlQuery(value)) {
    throw new Error(
      `The function "sql" of ${asset.key} answered ${inWords(value)}. Answer the SQL: sql: ({ readings }) => sql\`select … from \${readings}\`.`,
    );
  }
  const values = [...inputs.values];
  const text = renderSql(value, values).replace(/[;\s]+$/, "");
  return { [brand]: "query", inputs: inputs.text, text, values, definedAt: value.definedAt };
}

/** `key` of an upstream that SQL in the state database cannot read. */
export function notInDatabase(name: string, key: string, asset: string): [what: string, whatToDo: string] {
  return [
    `The input "${name}" of asset "${asset}" is "${key}", which its I/O manager does not keep in the state database, so SQL cannot read it`,
    "Keep it in a table, io: postgresTable(), or write asset(…) instead of sqlAsset(…).",
  ];
}
