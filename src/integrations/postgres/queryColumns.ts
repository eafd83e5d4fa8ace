import { Query } from "pg";
import type { BoundQuery } from "../../sdk/boundQuery.ts";
import type { OutputContext, StreamingSql } from "../../sdk/ioManager.ts";
import { declaredTypes } from "./catalog.ts";
import { nameProblem, quoted } from "./relation.ts";
import type { DeclaredType, RowColumn, RowColumns } from "./rowColumns.ts";
import { stampColumn } from "./sliceLayout.ts";

/** The columns of what a query selects, as those of rows; and what it selects for each of them. */
export interface QueryColumns extends Pick<RowColumns, "all" | "names" | "stamped"> {
  /** In the order of `names`; of the partition null when the query does not select it. */
  readonly selected: readonly (string | null)[];
}

/** How the select of a step is named in the statements around it. */
export const queryName = "millrace_query";

/** Asks PostgreSQL for the columns of a query and their types, without running it. */
export async function queryColumns(
  sql: StreamingSql,
  query: BoundQuery,
  { asset, columns }: Pick<OutputContext, "asset" | "columns">,
  stamped: boolean,
): Promise<QueryColumns> {
  const found = await describe(sql, query);
  requireNames(
    asset,
    [...found].map(({ name }) => name),
  );
  const types = new Map(found.map(({ name, type }) => [name, type]));
  const declared = columns && (await declaredTypes(sql, asset, columns));
  if (declared) requireDeclared(asset, types, declared, stamped);
  const own = [...(declared ?? types)].filter(([name]) => !stamped || name !== stampColumn);
  const all: RowColumn[] = own.map(([name, type]) => ({ name, declared: type, kind: null }));
  const selected: (string | null)[] = own.map(([name, type]) => {
    const column = `${queryName}.${quoted(name)}`;
    // A declared type may be another one than the select's: count(*) is bigint, an integer is wanted.
    return declared ? `${column}::${type.written}` : column;
  });
  if (stamped) selected.push(types.has(stampColumn) ? `${queryName}.${quoted(stampColumn)}::text` : null);
  return {
    all,
    names: [...all.map(({ name }) => name), ...(stamped ? [stampColumn] : [])],
    stamped,
    selected,
  };
}

/** With a limit of no row nothing is computed. */
export function describingStatement({ inputs, text }: BoundQuery): string {
  return `${inputs}select * from (\n${text}\n) as ${queryName} limit 0`;
}

async function describe(
  sql: StreamingSql,
  query: BoundQuery,
): Promise<{ name: string; type: DeclaredType }[]> {
  const fields = await new Promise<{ name: string; dataTypeID: number; dataTypeModifier: number }[]>(
    (resolve, reject) => {
      const text = describingStatement(query);
      const config = { text, values: [...query.values], queryMode: "extended" };
      sql.submit(new Query(config, (error, result) => (error ? reject(error) : resolve(result.fields))));
    },
  );
  const { rows } = await sql.query<{ base: string; written: string }>(
    `select format_type(id, null) as base, format_type(id, modifier) as written
     from unnest($1::oid[], $2::integer[]) with ordinality as field(id, modifier, at) order by at`,
    [fields.map(it => it.dataTypeID), fields.map(it => it.dataTypeModifier)],
  );
  return fields.map(({ name }, at) => ({ name, type: rows[at] as DeclaredType }));
}

function requireNames(asset: string, names: readonly string[]): void {
  if (names.length === 0) throw new Error(`The SQL of ${asset} selects no column. Select at least one.`);
  for (const [at, name] of names.entries()) {
    const problem =
      name === "?column?"
        ? "has no name"
        : names.indexOf(name) < at
          ? `is called "${name}", as another one is`
          : nameProblem(name) && `is called "${name}", which ${nameProblem(name)}`;
    if (problem) {
      throw new Error(
        `Column ${at + 1} that the SQL of ${asset} selects ${problem}. Give it a name of its own: … as city.`,
      );
    }
  }
}

function requireDeclared(
  asset: string,
  types: ReadonlyMap<string, DeclaredType>,
  declared: ReadonlyMap<string, DeclaredType>,
  stamped: boolean,
): void {
  const isOurs = (name: string) => stamped && name === stampColumn;
  const undeclared = [...types.keys()].find(name => !declared.has(name) && !isOurs(name));
  if (undeclared !== undefined) {
    throw new Error(
      `The SQL of ${asset} selects the column "${undeclared}", which is not declared. ` +
        "Add it to columns({ … }), or leave it out.",
    );
  }
  const missing = [...declared.keys()].find(name => !types.has(name) && !isOurs(name));
  if (missing === undefined) return;
  throw new Error(
    `The SQL of ${asset} does not select the column "${missing}", which is declared. ` +
      `Select it, or null as ${quoted(missing)}.`,
  );
}
