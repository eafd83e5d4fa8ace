import { existsSync } from "node:fs";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import type { AssetNode } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { DbtRequest } from "../model/dbtNode.ts";
import type { DbtProject } from "../scan/dbtProject.ts";
import { readManifest } from "../scan/manifest.ts";
import { type Configuration, ConfigurationError } from "./configuration.ts";

/** Whether to defer, and the folder with the manifest to compare with or to defer to, absolute; null: none is named. */
export interface DbtStateSource {
  readonly defer: boolean;
  readonly folder: string | null;
}

/** What the request says, else millrace.json, else the flags for dbt that stand there. */
export function stateSource(
  { root, dbt: { value } }: Configuration,
  { defer, state }: DbtRequest,
  project: DbtProject | null,
): DbtStateSource {
  const flags = flagsAboutState(value.flags);
  const named = state ?? value.state;
  const folder =
    named !== null
      ? resolve(root, named)
      : flags.state === null
        ? null
        : resolve(project?.folder ?? root, flags.state);
  return { defer: defer ?? (value.defer || flags.defer), folder };
}

/** A folder as it is recorded: an engine elsewhere has another root. */
export function recordedFolder(root: string, folder: string): string {
  const inside = relative(root, folder);
  return inside === ""
    ? "."
    : inside.startsWith("..") || isAbsolute(inside)
      ? folder
      : inside.split(sep).join("/");
}

/** The user's flags for every run, with what this one says of deferral in place of what they say. */
export function flagsOfRun(
  configuration: Configuration,
  options: DbtRequest,
  project: DbtProject,
): readonly string[] {
  const { defer, folder } = stateSource(configuration, options, project);
  const { others } = flagsAboutState(configuration.dbt.value.flags);
  return defer ? [...others, "--defer", "--state", requireFolder(folder, "--defer")] : others;
}

/** The models that dbt reads elsewhere as long as they are not there: those of the other manifest. */
export async function deferredModels(
  { defer, folder }: DbtStateSource,
  assets: readonly AssetNode[],
): Promise<Set<AssetKey>> {
  if (!defer) return new Set();
  const known = await modelsIn(requireFolder(folder, "--defer"));
  return new Set(assets.filter(it => it.kind === "dbt" && known.has(it.uniqueId ?? "")).map(it => it.key));
}

/** The folder, or a refusal that says how to name one. */
export function requireFolder(folder: string | null, whatFor: string): string {
  if (folder !== null) return folder;
  throw new ConfigurationError(
    `${whatFor} needs the manifest of another run, such as production's. Name its folder: --state DIR, or "dbt": { "state": "DIR" } in millrace.json.`,
  );
}

/** The folder when there is a manifest in it. */
export function requireManifest(folder: string): string {
  if (existsSync(join(folder, "manifest.json"))) return folder;
  throw noManifest(folder, "there is no manifest.json in it.");
}

async function modelsIn(folder: string): Promise<Set<string>> {
  const { assets, isReadable, problems } = await readManifest(join(requireManifest(folder), "manifest.json"));
  if (!isReadable) throw noManifest(folder, problems[0]?.message.replace(/ Run "dbt parse".*$/, "") ?? "");
  return new Set(assets.filter(it => it.kind === "dbt").flatMap(it => it.uniqueId ?? []));
}

function noManifest(folder: string, why: string): ConfigurationError {
  return new ConfigurationError(
    `--state ${folder}: ${why} Copy the manifest.json of the run to compare with there, such as the one in production's target folder.`,
  );
}

function flagsAboutState(flags: readonly string[]): {
  defer: boolean;
  state: string | null;
  others: readonly string[];
} {
  const others: string[] = [];
  let defer = false;
  let state: string | null = null;
  for (let at = 0; at < flags.length; at++) {
    const [name = "", value] = (flags[at] as string).split(/=(.*)/s, 2);
    if (name === "--defer" || name === "--no-defer") defer = name === "--defer";
    else if (name === "--state" || name === "--defer-state") state = value ?? flags[++at] ?? null;
    else others.push(flags[at] as string);
  }
  return { defer, state, others };
}
