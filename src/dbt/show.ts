import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { DbtNode } from "../model/dbtNode.ts";
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
  await mkdir(place.cache, { recursive: true });
  const folder = await mkdtemp(join(place.cache, "show-"));
  try {
    const inline = `select * from {{ ${referenceTo(node)} }}`;
    const args = ["show", "--inline", inline, "--limit", String(limit), "--output", "json"];
    const call = await callDbt(command, place, [...args, "--target-path", folder]);
    if (call.code !== 0) throw new Error(whyFailed(call));
    const shown = call.messages.map(it => parseLine(it.trim())).find(it => it !== null && "show" in it);
    const rows = shown?.show;
    return Array.isArray(rows) ? rows.map(recordOf) : [];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function referenceTo({ resource, package: from, name, source, version }: DbtNode): string {
  if (resource === "source") return `source(${quoted(source ?? "")}, ${quoted(name)})`;
  return `ref(${quoted(from)}, ${quoted(name)}${version === null ? "" : `, v=${quoted(version)}`})`;
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
