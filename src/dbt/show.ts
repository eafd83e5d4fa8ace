import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import type { DbtNode } from "../model/dbtNode.ts";
import { selectorOf } from "./arguments.ts";
import { callDbt, whyFailed } from "./callDbt.ts";
import type { DbtPlace } from "./dbt.ts";
import { type JsonRecord, parseLine, recordOf } from "./json.ts";

/** The first rows of what a node of dbt has stored, read by dbt itself: wherever its adapter leads. */
export async function showRows(
  command: readonly string[],
  place: DbtPlace,
  node: DbtNode,
  limit: number,
): Promise<JsonRecord[]> {
  const inline = `select * from {{ ${referenceTo(node)} }}`;
  return (await show(command, place, ["--inline", inline], limit)).rows;
}

/** The SQL of one node and the first rows that it brings: of a test, the rows for which it does not hold. */
export async function showSelected(
  command: readonly string[],
  place: DbtPlace,
  uniqueId: string,
  limit: number,
): Promise<Shown> {
  const what = ["--select", selectorOf(uniqueId), "--indirect-selection", "empty"];
  const { sql, rows } = await show(command, place, what, limit);
  if (sql === "")
    throw new Error(`dbt finds no ${uniqueId} in its project. Parse the project, and try again.`);
  // What dbt adds to show the first rows is not the user's.
  return { sql: sql.replace(new RegExp(`\\s*limit ${limit}$`), ""), rows };
}

interface Shown {
  readonly sql: string;
  readonly rows: JsonRecord[];
}

async function show(
  command: readonly string[],
  place: DbtPlace,
  what: readonly string[],
  limit: number,
): Promise<Shown> {
  await mkdir(place.cache, { recursive: true });
  const folder = await mkdtemp(join(place.cache, "show-"));
  try {
    const args = ["show", ...what, "--limit", String(limit), "--output", "json"];
    const call = await callDbt(command, place, [...args, "--target-path", folder]);
    if (call.code !== 0) throw new Error(whyFailed(call));
    const shown = call.messages.map(it => parseLine(it.trim())).find(it => it !== null && "show" in it);
    const rows = Array.isArray(shown?.show) ? shown.show.map(recordOf) : [];
    return { sql: await compiledIn(folder), rows };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What dbt says in its account that it made of the one node. */
async function compiledIn(folder: string): Promise<string> {
  const written = await readFile(join(folder, "run_results.json"), "utf8").catch(() => "{}");
  const { results } = recordOf(JSON.parse(written));
  const [result] = Array.isArray(results) ? results : [];
  const sql = recordOf(result).compiled_code;
  return typeof sql === "string" ? sql.trim() : "";
}

function referenceTo({ resource, package: from, name, source, version }: DbtNode): string {
  if (resource === "source") return `source(${quoted(source ?? "")}, ${quoted(name)})`;
  return `ref(${quoted(from)}, ${quoted(name)}${version === null ? "" : `, v=${quoted(version)}`})`;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
