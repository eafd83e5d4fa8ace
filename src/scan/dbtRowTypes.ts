import type { AssetNode } from "../model/assetGraph.ts";
import type { DbtColumn } from "../model/dbtColumn.ts";

/** A model, seed or snapshot with the columns that are known of it. */
export interface TypedDbtNode {
  readonly asset: AssetNode;
  readonly columns: readonly DbtColumn[];
}

/**
 * A TypeScript module with one typed `dbtModel` for each node: a column that is renamed in dbt no longer
 * compiles where TypeScript reads it. The same nodes give the same text.
 */
export function dbtRowTypes(nodes: readonly TypedDbtNode[], project: string): string {
  const sorted = [...nodes].sort((a, b) =>
    referenceOf(a.asset, nodes) < referenceOf(b.asset, nodes) ? -1 : 1,
  );
  const names = uniqueNames(sorted.map(it => nameParts(it.asset, nodes)));
  const declarations = sorted.map((node, at) => declaration(node, names[at] ?? "model", nodes));
  const heading = `// Written by "millrace dbt types" from the dbt project ${oneLine(project)}. Changes are lost.\n`;
  if (declarations.length === 0) return `${heading}export {};\n`;
  return [heading, 'import { dbtModel } from "millrace";\n', ...declarations].join("\n");
}

function declaration({ asset, columns }: TypedDbtNode, name: string, nodes: readonly TypedDbtNode[]): string {
  const row = `${name.charAt(0).toUpperCase()}${name.slice(1)}Row`;
  const version = asset.dbt?.version ?? null;
  const options = version === null ? "" : `, { version: ${JSON.stringify(version)} }`;
  const model = `dbtModel<${row}>(${JSON.stringify(referenceOf(asset, nodes))}${options})`;
  const fields = columns.flatMap(column => [
    ...comment(column.description, "  "),
    `  readonly ${fieldName(column.name)}: ${fieldType(column)};`,
  ]);
  const body =
    fields.length > 0
      ? fields
      : [
          "  // dbt names no column of it: run it, or describe its columns.",
          "  readonly [column: string]: unknown;",
        ];
  return [
    ...comment(about(asset), ""),
    `export interface ${row} {`,
    ...body,
    "}",
    `export const ${name} = ${model};`,
    "",
  ].join("\n");
}

/** Its partitions are only told: dbt's `meta` says them, and what is said twice will differ one day. */
function about({ description, partitions }: AssetNode): string | null {
  return [description, partitions && `Partitions: ${partitions}.`].filter(Boolean).join("\n") || null;
}

/** As `dbtModel` is to call it: with its package where two packages have the name. */
function referenceOf({ dbt, key }: AssetNode, nodes: readonly TypedDbtNode[]): string {
  if (dbt === undefined) return key;
  const isAmbiguous = nodes.some(
    ({ asset }) => asset.dbt?.name === dbt.name && asset.dbt.package !== dbt.package,
  );
  return isAmbiguous ? `${dbt.package}.${dbt.name}` : dbt.name;
}

function nameParts(asset: AssetNode, nodes: readonly TypedDbtNode[]): string[] {
  const version = asset.dbt?.version;
  const parts = [referenceOf(asset, nodes), ...(version == null ? [] : [`v${version}`])];
  return parts.flatMap(it => it.split(/[^\p{L}\p{N}]+/u)).filter(Boolean);
}

/** "daily_weather_summary" → dailyWeatherSummary; a second one of the same name gets a number. */
function uniqueNames(all: readonly string[][]): string[] {
  const taken = new Set<string>(reserved);
  return all.map(parts => {
    const [first = "model", ...rest] = parts;
    const joined = [first.charAt(0).toLowerCase() + first.slice(1), ...rest.map(capitalized)].join("");
    const name = /^\p{ID_Start}/u.test(joined) ? joined : `model${capitalized(joined)}`;
    let free = name;
    for (let number = 2; taken.has(free); number++) free = `${name}${number}`;
    taken.add(free);
    return free;
  });
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What would be no name of a constant, and what the module imports. */
const reserved =
  "break case catch class const continue debugger default delete do else enum export extends false finally for function if import in instanceof new null return super switch this throw true try typeof var void while with yield let static implements interface package private protected public await arguments eval dbtModel".split(
    " ",
  );

function fieldName(name: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? name : JSON.stringify(name);
}

/** How a value of the column arrives in a function; without a type nobody knows. */
function fieldType({ type, isNotNull }: DbtColumn): string {
  if (type === null) return "unknown";
  const written = valueType(type);
  return isNotNull || written === "unknown" ? written : `${written} | null`;
}

function valueType(type: string): string {
  const plain = type
    .toLowerCase()
    .replace(/\s*\([^)]*\)/g, "")
    .trim();
  if (plain.endsWith("[]")) return `(${valueType(plain.slice(0, -2))} | null)[]`;
  return valueTypes.get(plain) ?? "string";
}

/** PostgreSQL's names of types and those of dbt's contracts; what is not listed arrives as its text. */
const valueTypes = new Map(
  Object.entries({
    boolean: ["boolean", "bool"],
    number: [
      "smallint",
      "int2",
      "integer",
      "int",
      "int4",
      "oid",
      "real",
      "float4",
      "double precision",
      "float8",
      "float",
      "double",
    ],
    bigint: ["bigint", "int8", "bigserial"],
    Date: ["timestamp", "timestamp without time zone", "timestamp with time zone", "timestamptz"],
    Uint8Array: ["bytea"],
    unknown: ["json", "jsonb", "array", "user-defined"],
  }).flatMap(([written, types]) => types.map(it => [it, written] as const)),
);

function comment(text: string | null, indent: string): string[] {
  const lines = (text ?? "")
    .replaceAll("*/", "*\\/")
    .split(/\r?\n/)
    .map(it => it.trim());
  const [only = "", ...more] = lines.slice(0, lines.findLastIndex(it => it !== "") + 1);
  if (only === "" && more.length === 0) return [];
  if (more.length === 0) return [`${indent}/** ${only} */`];
  return [`${indent}/**`, ...[only, ...more].map(it => `${indent} * ${it}`.trimEnd()), `${indent} */`];
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}
