import { readFile } from "node:fs/promises";
import { basename, join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { AssetEdge, AssetNode } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { AutomationNode } from "../model/automationNode.ts";
import { ruleInWords } from "../model/conditionWords.ts";
import { freshnessInWords } from "../model/freshnessWords.ts";
import { partitionsInWords } from "../model/partitionsInWords.ts";
import type { Problem } from "../model/problem.ts";
import type { DefinitionsBundle, LoadedDefinitions } from "../protocol/worker.ts";
import { type AutomationDefinition, isAutomation } from "../sdk/automationDefinition.ts";
import { type AssetDefinition, isAsset, isSource, type SourceDefinition } from "../sdk/definition.ts";
import { defaultIo } from "./io.ts";
import { locateError } from "./location.ts";

type Definition = AssetDefinition | SourceDefinition;

/** Imports every module and gathers what it exports, and what that names as input; all problems at once. */
export async function loadDefinitions(bundle: DefinitionsBundle): Promise<
  LoadedDefinitions & {
    definitions: Map<AssetKey, Definition>;
    automations: Map<string, AutomationDefinition>;
  }
> {
  const problems: Problem[] = [];
  const automations = new Map<string, AutomationDefinition>();
  const definitions = new Map<AssetKey, Definition>();
  const collections = new Set<unknown>();

  for (const { file, module } of bundle.modules) {
    try {
      const exported = await import(pathToFileURL(module).href);
      for (const value of Object.values(exported)) gather(value);
    } catch (error) {
      problems.push(await loadProblem(bundle.root, file, error));
    }
  }
  problems.push(...relationProblems(bundle, definitions));

  const all = [...definitions.values()];
  const assets = all.map(definition => toNode(bundle, definition));
  const listed = [...automations.values()].map(it => toAutomationNode(bundle.root, it));
  const graph = {
    assets,
    edges: all.flatMap(edgesOf),
    problems,
    ...(listed.length > 0 ? { automations: listed } : {}),
  };
  return { graph, definitions, automations };

  function gather(value: unknown): void {
    if (isAutomation(value)) {
      gatherAutomation(value);
      return;
    }
    if (!isAsset(value) && !isSource(value)) {
      if (isCollection(value) && !collections.has(value)) {
        collections.add(value);
        for (const item of Object.values(value)) gather(item);
      }
      return;
    }
    const known = definitions.get(value.key);
    if (known === value) return;
    if (known && isAsset(known) && isAsset(value)) {
      // `.checks(…)` answers a new definition of the same asset; the one with more checks is meant.
      if (known.definedAt === value.definedAt) {
        if (value.checkDefinitions.length > known.checkDefinitions.length) definitions.set(value.key, value);
        return;
      }
      problems.push(duplicateProblem(bundle.root, known, value));
      return;
    }
    // An asset with the key of a source is what feeds it (semantics K2); of a model named twice, what says more.
    if (!known || isAsset(value) || (isSource(known) && isRuled(value) && !isRuled(known))) {
      definitions.set(value.key, value);
    }
    if (isAsset(value)) for (const { upstream } of Object.values(value.inputs)) gather(upstream);
  }

  function gatherAutomation(value: AutomationDefinition): void {
    const known = automations.get(value.name);
    if (known === undefined) automations.set(value.name, value);
    if (known === undefined || known === value) return;
    const { file, line } = locateError(known.definedAt, bundle.root);
    problems.push({
      ...placeOf(bundle.root, value),
      severity: "error",
      message: `The name "${value.name}" is already used at ${file}:${line}. Sensors and schedules have names of their own: rename one of the two.`,
    });
  }
}

/** Assets may be exported in an array, or in an object that gives them names. */
function isCollection(value: unknown): value is object {
  if (Array.isArray(value)) return true;
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function toAutomationNode(root: string, definition: AutomationDefinition): AutomationNode {
  const { file, line, column } = locateError(definition.definedAt, root);
  const { kind, name, description, selection, trigger, on } = definition;
  return {
    kind,
    name,
    description,
    selection,
    trigger,
    on,
    hasFunction: definition.run !== null,
    file,
    line,
    column,
  };
}

function toNode({ root, assetSchema }: DefinitionsBundle, definition: Definition): AssetNode {
  const location = locateError(definition.definedAt, root);
  const { partitions } = definition;
  return {
    key: definition.key,
    kind: isAsset(definition) ? "typescript" : "source",
    group: definition.group,
    description: definition.description,
    tags: definition.tags,
    kinds: isAsset(definition) ? definition.kinds : [],
    owners: definition.owners,
    file: location.file,
    line: location.line,
    column: location.column,
    partitions: partitions === null ? null : partitionsInWords(partitions),
    // A source is never made, so nobody plans its partitions; who reads it maps them itself. dbt makes its models.
    partitionsDefinition: isAsset(definition) || definition.dbt ? partitions : null,
    backfillPolicy: isAsset(definition) ? definition.backfillPolicy : null,
    codeVersion: isAsset(definition) ? definition.codeVersion : null,
    pool: definition.pool ?? null,
    ...automationOf(definition),
    checks: isAsset(definition) ? definition.checkDefinitions.map(check => check.name) : [],
    relation: relationOf(definition, assetSchema),
    ...(isSource(definition) && definition.dbt ? { dbtReference: definition.dbt } : {}),
  };
}

function isRuled({ automation, freshness, pool }: SourceDefinition): boolean {
  return Boolean(automation ?? freshness ?? pool);
}

function automationOf({ automation = null, freshness = null }: Definition): Partial<AssetNode> {
  return {
    ...(automation === null ? {} : { automation: ruleInWords(automation), condition: automation }),
    ...(freshness === null ? {} : { freshness: freshnessInWords(freshness), freshnessPolicy: freshness }),
  };
}

function relationOf(definition: Definition, assetSchema: string) {
  if (isSource(definition)) return definition.dbt ? null : definition.relation;
  return (definition.io ?? defaultIo).relation?.(definition.key, assetSchema) ?? null;
}

/** What an asset needs: an edge for each upstream asset and mapping. */
export function edgesOf(definition: Definition): AssetEdge[] {
  if (!isAsset(definition)) return [];
  const { key: to, deps, depMappings } = definition;
  const inputs = Object.values(definition.inputs).map(({ upstream, partitionMapping }): AssetEdge => {
    return { from: upstream.key, to, kind: "input", mapping: partitionMapping };
  });
  const edges = [
    ...inputs,
    ...deps.map((from): AssetEdge => ({ from, to, kind: "dep", mapping: depMappings[from] ?? null })),
  ];
  // Today's rows and last week's of one asset are two inputs: one edge for each of the mappings.
  return [...new Map(edges.map(edge => [JSON.stringify([edge.from, edge.mapping]), edge])).values()];
}

function relationProblems(
  { root, assetSchema }: DefinitionsBundle,
  definitions: Map<AssetKey, Definition>,
): Problem[] {
  const owners = new Map<string, AssetDefinition>();
  const problems: Problem[] = [];
  for (const asset of definitions.values()) {
    if (!isAsset(asset)) continue;
    const relation = relationOf(asset, assetSchema);
    if (!relation) continue;
    const name = JSON.stringify([relation.schema, relation.table]);
    const other = owners.get(name);
    owners.set(name, asset);
    if (!other) continue;
    const { file, line } = locateError(other.definedAt, root);
    problems.push({
      ...placeOf(root, asset),
      severity: "error",
      message: `"${asset.key}" and "${other.key}" (${file}:${line}) both live in ${relation.schema}.${relation.table}. Give one of them another key, or io: postgresTable({ table: "…" }).`,
    });
  }
  return problems;
}

function duplicateProblem(root: string, first: Definition, second: Definition): Problem {
  const { file, line } = locateError(first.definedAt, root);
  return {
    ...placeOf(root, second),
    severity: "error",
    message: `The key "${second.key}" is already used at ${file}:${line}. Keys are unique: rename one of the two.`,
  };
}

/** The place of what went wrong in this file; what went wrong in another one is told at the import of it. */
async function loadProblem(root: string, file: string, error: unknown): Promise<Problem> {
  const location = locateError(error, root);
  const message = error instanceof Error ? error.message : String(error);
  const inHere = location.file === null || location.file === file;
  const place = inHere
    ? location
    : { line: await importLine(join(root, file), location.file ?? ""), column: 1 };
  const where =
    inHere || message.startsWith(`${location.file}:`) ? "" : `${location.file}:${location.line}: `;
  return {
    file,
    line: place.line ?? 1,
    column: place.column ?? 1,
    severity: "error",
    message: withinRoot(`${where}${message}`, root, `${file}:${place.line ?? 1}`),
  };
}

/** Places in a message are named from the root; the one that the problem stands at is told with it anyway. */
function withinRoot(message: string, root: string, place: string): string {
  return message.replaceAll(`${root}${sep}`, "").replaceAll(` (${place})`, "");
}

async function importLine(path: string, imported: string): Promise<number> {
  const name = basename(imported).replace(/\.\w+$/, "");
  const lines = (await readFile(path, "utf8").catch(() => "")).split("\n");
  const at = lines.findIndex(line => /\b(from|import)\b/.test(line) && line.includes(`/${name}`));
  return Math.max(at, 0) + 1;
}

function placeOf(
  root: string,
  definition: Pick<Definition, "definedAt">,
): Pick<Problem, "file" | "line" | "column"> {
  const { file, line, column } = locateError(definition.definedAt, root);
  return { file: file ?? ".", line: line ?? 1, column: column ?? 1 };
}
