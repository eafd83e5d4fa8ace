import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { selectorOf } from "../dbt/arguments.ts";
import { callDbt, whyFailed } from "../dbt/callDbt.ts";
import { locateDbtError } from "../dbt/errorPlace.ts";
import { privateEnvironment } from "../dbt/find.ts";
import { recordOf } from "../dbt/json.ts";
import { probePython } from "../dbt/probe.ts";
import { setUpDbt } from "../dbt/setUp.ts";
import { showRows, showSelected } from "../dbt/show.ts";
import type { DbtNode } from "../model/dbtNode.ts";
import { rowsPreview } from "../model/rowsPreview.ts";
import type { RunError } from "../model/run.ts";
import type { FailingRows } from "../protocol/dbt.ts";
import { catalogOf, readDbtColumns } from "../scan/dbtColumns.ts";
import { dbtRowTypes } from "../scan/dbtRowTypes.ts";
import { readManifest } from "../scan/manifest.ts";
import { type Configuration, ConfigurationError } from "./configuration.ts";
import { type DbtHome, dbtFolder, openDbtHome, requireProject } from "./dbtHome.ts";
import { keepManifest } from "./keepManifest.ts";

interface SetUpOptions extends CallOptions {
  /** Each of the few things that are done, when it begins. */
  readonly onStage?: (sentence: string) => void;
}

interface CallOptions {
  readonly signal?: AbortSignal;
  /** What goes on, one line at a time. */
  readonly onProgress?: (line: string) => void;
}

/** Installs a dbt for this workspace alone; one that is there already stays. */
export async function setUpPrivateDbt(
  { root }: Configuration,
  { signal, onProgress, onStage }: SetUpOptions = {},
): Promise<{ folder: string; version: string; adapters: Readonly<Record<string, string>> }> {
  const folder = privateEnvironment(root);
  const python = await setUpDbt({
    folder,
    env: process.env,
    ...(signal ? { signal } : {}),
    ...(onProgress ? { onProgress } : {}),
    ...(onStage ? { onStage } : {}),
  });
  const probed = await probePython(python);
  if (!probed?.dbt) throw new Error(`${python} does not answer. Remove ${folder}, and try again.`);
  return { folder, version: probed.dbt, adapters: probed.adapters };
}

/** How parsing the project ended: the error stands at its line in the user's file. */
export interface DbtParse {
  readonly error: RunError | null;
  readonly manifest: string;
}

/** Lets dbt read its project and write its manifest. */
export async function parseDbt(
  configuration: Configuration,
  args: readonly string[] = [],
  options: CallOptions = {},
): Promise<DbtParse> {
  const { project, found, place } = await openDbtHome(configuration);
  const call = await callDbt(found.command, place, ["parse", ...args], {
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.onProgress ? { onMessage: options.onProgress } : {}),
  });
  const error =
    call.code === 0
      ? null
      : await locateDbtError(whyFailed(call), {
          root: place.root,
          project: place.project,
          folder: join(project.folder, "target"),
        });
  const isUsual =
    configuration.dbt.value.variantManifest === null && !args.some(it => /^(-t|--target)\b/.test(it));
  if (error === null && isUsual) await keepManifest(configuration.root, project.manifest);
  return { error, manifest: project.manifest };
}

/** The SQL that dbt makes of one model; throws with what dbt says when it cannot. */
export async function compileDbt(configuration: Configuration, uniqueId: string): Promise<string> {
  const { found, place } = await openDbtHome(configuration);
  await mkdir(place.cache, { recursive: true });
  const folder = await mkdtemp(join(place.cache, "compile-"));
  try {
    const args = ["compile", "--select", selectorOf(uniqueId), "--target-path", folder];
    const call = await callDbt(found.command, place, args);
    if (call.code !== 0) throw new ConfigurationError(whyFailed(call));
    const written = JSON.parse(await readFile(join(folder, "run_results.json"), "utf8"));
    const [result] = (recordOf(written).results ?? []) as unknown[];
    const sql = recordOf(result).compiled_code;
    if (typeof sql === "string") return sql;
    throw new ConfigurationError(`dbt compiled nothing for ${uniqueId}. Seeds and sources have no SQL.`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The first rows of what a node of dbt has stored, as dbt shows them. */
export async function showByDbt(
  configuration: Configuration,
  node: DbtNode,
  limit: number,
): Promise<Readonly<Record<string, unknown>>[]> {
  const { found, place } = await openDbtHome(configuration);
  return showRows(found.command, place, node, limit);
}

/** What a test of dbt finds now, which only dbt can tell: its SQL, and the first rows for which it does not hold. */
export async function failingRows(
  configuration: Configuration,
  uniqueId: string,
  limit: number,
): Promise<FailingRows> {
  const { found, place } = await openDbtHome(configuration);
  const { sql, rows } = await showSelected(found.command, place, uniqueId, limit + 1);
  return { sql, ...rowsPreview(rows.slice(0, limit)), isCut: rows.length > limit };
}

/** A TypeScript module with the rows of dbt's models, and what has to be said about it. */
export async function dbtTypes(
  configuration: Configuration,
  { isOffline }: { readonly isOffline: boolean },
  options: CallOptions = {},
): Promise<{ text: string; models: number; notes: readonly string[] }> {
  const project = await requireProject(configuration);
  const written = await writeCatalog(configuration, isOffline, options);
  const graph = await readManifest(written.manifest ?? project.manifest);
  if (!graph.isReadable) throw new ConfigurationError(graph.problems.map(it => it.message).join("\n"));
  const columns = await readDbtColumns(
    written.manifest ?? project.manifest,
    written.catalog ?? catalogOf(project.manifest),
  );
  const nodes = graph.assets
    .filter(it => it.kind === "dbt")
    .map(asset => ({ asset, columns: columns.get(asset.uniqueId ?? "") ?? [] }));
  const unknown = nodes.filter(it => it.columns.length === 0).map(it => it.asset.key);
  const notes =
    unknown.length === 0
      ? []
      : [`No column is known of ${unknown.join(", ")}. Run them, or describe their columns in YAML.`];
  return {
    text: dbtRowTypes(nodes, graph.project ?? project.name),
    models: nodes.length,
    notes: [...written.notes, ...notes],
  };
}

/** dbt asks the database for the columns of what it made: any adapter does, and no SQL of ours. */
async function writeCatalog(
  configuration: Configuration,
  isOffline: boolean,
  options: CallOptions,
): Promise<{ manifest: string | null; catalog: string | null; notes: readonly string[] }> {
  if (isOffline) return { manifest: null, catalog: null, notes: [] };
  const folder = join(dbtFolder(configuration.root), "catalog");
  try {
    const { found, place } = await openDbtHome(configuration);
    const args = ["docs", "generate", "--target-path", folder];
    const call = await callDbt(found.command, place, args, {
      ...(options.signal ? { signal: options.signal } : {}),
      ...(options.onProgress ? { onMessage: options.onProgress } : {}),
    });
    if (call.code === 0) {
      return { manifest: join(folder, "manifest.json"), catalog: join(folder, "catalog.json"), notes: [] };
    }
    throw new Error(whyFailed(call));
  } catch (error) {
    const reason = (error as Error).message;
    return {
      manifest: null,
      catalog: null,
      notes: [`dbt could not ask the database, so the types follow from its files alone. ${reason}`],
    };
  }
}

/** Any command of dbt's own, in this terminal: with the profile, the target and the variables that Millrace uses. */
export async function passToDbt(configuration: Configuration, args: readonly string[]): Promise<number> {
  const { found, place } = await openDbtHome(configuration);
  const [program = "dbt", ...first] = found.command;
  const child = spawn(program, [...first, ...withPlace(args, place)], {
    cwd: place.project,
    env: { DBT_SEND_ANONYMOUS_USAGE_STATS: "false", ...process.env, ...place.env, ...profilesOf(place) },
    stdio: "inherit",
  });
  // Ctrl+C reaches dbt by the terminal; it ends by itself, and so do we.
  const ignore = () => {};
  process.on("SIGINT", ignore);
  try {
    return await new Promise((resolve, reject) => {
      child.once("error", error =>
        reject(new ConfigurationError(`${program} could not be started: ${error.message}.`)),
      );
      child.once("close", code => resolve(code ?? 1));
    });
  } finally {
    process.off("SIGINT", ignore);
  }
}

function profilesOf({ profiles }: DbtHome["place"]): Record<string, string> {
  return profiles === null ? {} : { DBT_PROFILES_DIR: profiles };
}

/** What the user writes stands; the rest comes from the configuration. */
function withPlace(args: readonly string[], { target, vars }: DbtHome["place"]): string[] {
  const takesPlace = !["init", "deps", "clean", "--version", "--help", "-h", undefined].includes(args[0]);
  const has = (...names: string[]) =>
    args.some(it => names.some(name => it === name || it.startsWith(`${name}=`)));
  if (!takesPlace || has("--help", "-h")) return [...args];
  return [
    ...args,
    ...(target === null || has("--target", "-t") ? [] : ["--target", target]),
    ...(Object.keys(vars).length === 0 || has("--vars") ? [] : ["--vars", JSON.stringify(vars)]),
  ];
}
