import type { AssetEdge, AssetNode, ScannedGraph } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import { closestName } from "../model/closestName.ts";
import { ownCondition } from "../model/conditionWords.ts";
import type { Problem } from "../model/problem.ts";
import type { DbtScan } from "./dbtScan.ts";
import type { Position, ScannedDefinition, ScannedReference, Value } from "./fileScan.ts";
import { findCycles } from "./findCycles.ts";
import { joinDbt, measuredAs } from "./joinDbt.ts";
import { linkAutomations } from "./linkAutomations.ts";
import { lookUp, type Meaning, type Scans } from "./lookUp.ts";

/** The graph of all files together, and what would have to be read to know it better. */
export interface LinkedScans {
  readonly graph: ScannedGraph;
  /** For each import that leads to a file not read yet: where it may lie, likeliest first. */
  readonly unread: readonly (readonly string[])[];
}

/** A definition that counts: the first of its key. */
interface Declared {
  readonly file: string;
  readonly definition: ScannedDefinition;
}

/** Joins the scans of all files to one graph. */
export function linkScans(scans: Scans, dbt: DbtScan | null = null): LinkedScans {
  const steps = linkInSteps(scans, dbt);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** The same in small steps, so that a caller may breathe between them. */
export function* linkInSteps(scans: Scans, dbt: DbtScan | null = null): Generator<undefined, LinkedScans> {
  const problems: Problem[] = [];
  const unread: (readonly string[])[] = [];
  const files = [...scans.keys()].sort();
  yield;
  const declared = yield* declaredByKey(files, scans, problems);
  const joined = dbt?.project ? joinDbt(declared, dbt) : null;
  const dbtFiles = new Map(joined?.assets.map(it => [it.key, it.file]));
  yield;

  const assets: AssetNode[] = [];
  const edges: AssetEdge[] = [];
  const places = new Map<AssetEdge, { file: string; at: Position }>();
  let count = 0;
  for (const { file, definition } of declared.values()) {
    // A source that is a dbt model stands among dbt's.
    if (joined && joined.keyOf(definition.key) !== definition.key) continue;
    assets.push(withDbtSources(assetNode(definition, file, scans), joined?.sourcesOf(definition.key)));
    edges.push(...edgesTo(definition, file));
    if (++count % stepSize === 0) yield;
  }
  const automations = linkAutomations(files, scans, problems, key => joined?.keyOf(key) ?? key);
  problems.push(
    ...unknownKeys(scans, [...declared.keys(), ...dbtFiles.keys()], key => joined?.keyOf(key) ?? key),
  );
  const automated = automations.length > 0 ? { automations } : {};
  yield;
  if (joined === null) {
    problems.push(...(yield* findCycles(edges, edge => places.get(edge))));
    problems.push(...(dbt?.problems ?? []));
    yield;
    return { graph: { assets, edges, problems: inOrder(problems), ...automated }, unread };
  }
  // dbt's own edges were looked at when they were read: only a way there and back makes a new cycle.
  const all = [...edges, ...joined.edges];
  const isBothWays = joined.isFed && edges.some(edge => dbtFiles.has(edge.from));
  problems.push(...(yield* findCycles(isBothWays ? all : edges, placeOf)));
  problems.push(...joined.problems, ...(dbt?.problems ?? []));
  yield;
  const state = dbt?.state ? { dbt: dbt.state } : {};
  const graph = {
    assets: [...assets, ...joined.assets],
    edges: all,
    problems: inOrder(problems),
    ...state,
    ...automated,
  };
  return { graph, unread };

  function placeOf(edge: AssetEdge) {
    const file = dbtFiles.get(edge.to);
    return places.get(edge) ?? (file ? { file, at: { line: 1, column: 1 } } : undefined);
  }

  function edgesTo(definition: ScannedDefinition, file: string): AssetEdge[] {
    const found = new Map<AssetKey, AssetEdge>();
    for (const kind of ["input", "dep"] as const) {
      for (const reference of kind === "input" ? definition.inputs : definition.deps) {
        const from = keyOf(reference, definition, file);
        if (from === null || found.has(from)) continue;
        const edge = { from, to: definition.key, kind };
        found.set(from, edge);
        places.set(edge, { file, at: reference.range.start });
      }
    }
    return [...found.values()];
  }

  /** The key that a reference leads to, or null and the reason among the problems. */
  function keyOf(reference: ScannedReference, { key }: ScannedDefinition, file: string): AssetKey | null {
    const meaning = lookUp(reference.value, file, scans);
    const tell = (severity: Problem["severity"], what: string) => {
      const who = reference.name === null ? "A dep" : `The input "${reference.name}"`;
      const message = `${who} of asset "${key}" ${what}`;
      problems.push({ file, ...reference.range.start, severity, message });
      return null;
    };
    switch (meaning.is) {
      case "definition":
        if (meaning.definition.key !== key)
          return joined?.keyOf(meaning.definition.key) ?? meaning.definition.key;
        return tell("error", "is the asset itself. Remove it, or give one of the two another key.");
      case "key": {
        const named = joined?.keyOf(meaning.key as AssetKey) ?? (meaning.key as AssetKey);
        if (declared.has(named) || dbtFiles.has(named)) return named;
        const others = [...declared.keys(), ...dbtFiles.keys()].filter(it => it !== key);
        const meant = closestName(meaning.key, others);
        const advice = meant ? `Did you mean "${meant}"?` : "Correct the key, or declare it.";
        return tell("warning", `is "${meaning.key}", which no file declares. ${advice}`);
      }
      case "dbtModel": {
        if (!dbt?.project || joined === null) {
          return tell(
            "warning",
            `is dbt's "${meaning.name}", and this workspace has no dbt project. ${nameProject}`,
          );
        }
        const found = dbt.find(meaning);
        if (!("problem" in found)) return joined.keyOfNode(found);
        const written = meaning.version === null ? "" : ` in version ${meaning.version}`;
        return tell("warning", `is dbt's "${meaning.name}"${written}, which ${found.problem}`);
      }
      case "self":
        return key;
      case "computed":
        if (meaning.why === null) return null;
        return tell("info", `${meaning.why}, so its edge is left out. The loaded definitions will decide.`);
      case "unread":
        unread.push(meaning.paths);
        return lost(meaning.lost);
      case "lost":
        return lost(meaning);
      default: {
        const what = "words" in meaning ? whatItIs[meaning.is] : meaning.what;
        return tell(
          "error",
          `is ${what} instead of an asset or a source. Import the asset and name it here.`,
        );
      }
    }
  }

  function lost({ file, range, message }: Extract<Meaning, { is: "lost" }>) {
    problems.push({ file, ...range.start, severity: "error", message });
    return null;
  }
}

/** What sensors, schedules and conditions name, and no file declares: it may still be computed. */
function unknownKeys(
  scans: Scans,
  known: readonly AssetKey[],
  keyOf: (key: AssetKey) => AssetKey,
): Problem[] {
  const keys = new Set(known);
  const problems: Problem[] = [];
  for (const [file, { namedKeys }] of scans) {
    for (const { key, who, range } of namedKeys) {
      if (keys.has(key) || keys.has(keyOf(key))) continue;
      const meant = closestName(key, known);
      const advice = meant ? `Did you mean "${meant}"?` : "Correct the key, or declare it.";
      const message = `${who} is "${key}", which no file declares. ${advice}`;
      problems.push({ file, ...range.start, severity: "warning", message });
    }
  }
  return problems;
}

const stepSize = 100;
const whatItIs = {
  partitions: "a partitions definition",
  condition: "an automation condition",
  freshness: "a freshness policy",
};
const nameProject = 'Name it in millrace.json: "dbt": { "project": "../dbt_project" }.';

/** Gathers definitions and the problems of their files; an asset stands before a source of the same key. */
function* declaredByKey(files: readonly string[], scans: Scans, problems: Problem[]) {
  const declared = new Map<AssetKey, Declared>();
  const again: Declared[] = [];
  let count = 0;
  for (const file of files) {
    const scan = scans.get(file);
    for (const definition of scan?.definitions ?? []) {
      const { key, kind } = definition;
      const first = declared.get(key);
      if (first === undefined || (first.definition.kind === "source" && kind === "asset")) {
        declared.set(key, { file, definition });
      } else if (kind === "asset") {
        again.push({ file, definition });
      }
    }
    for (const problem of scan?.problems ?? []) problems.push(problem);
    if (++count % stepSize === 0) yield undefined;
  }
  for (const second of again) problems.push(declaredTwice(declared.get(second.definition.key), second));
  return declared;
}

function declaredTwice(first: Declared | undefined, { file, definition }: Declared): Problem {
  const { key, keyRange } = definition;
  const at = first ? `${first.file}:${first.definition.keyRange.start.line}` : "another place";
  const message = `The key "${key}" is declared at ${at} and at ${file}:${keyRange.start.line}. Give each asset a key of its own.`;
  return { file, ...keyRange.start, severity: "error", message };
}

function assetNode(definition: ScannedDefinition, file: string, scans: Scans): AssetNode {
  const { kind, key, group, description, tags, kinds, owners, checks, statement } = definition;
  return {
    key,
    kind: kind === "asset" ? "typescript" : "source",
    group: group ?? "default",
    description,
    tags,
    kinds,
    owners,
    file,
    line: statement.start.line,
    column: statement.start.column,
    partitions: partitionsOf(definition, file, scans),
    ...automationOf(definition, file, scans),
    checks,
  };
}

/** The dbt sources that an asset feeds give it their tests, and their words where it has none. */
function withDbtSources(asset: AssetNode, sources: readonly AssetNode[] = []): AssetNode {
  if (sources.length === 0) return asset;
  const feeds = sources.flatMap(it => it.uniqueId ?? []);
  const checks = [...new Set([...asset.checks, ...sources.flatMap(it => it.checks)])];
  const description = asset.description ?? sources.find(it => it.description !== null)?.description ?? null;
  const [first] = sources;
  // A source in both worlds is one of dbt's, for dbt can say how fresh it is.
  const dbt =
    asset.kind === "source" && first?.dbt ? { uniqueId: first.uniqueId as string, dbt: first.dbt } : {};
  const sourceTests = sources.flatMap(it => it.dbt?.tests ?? []);
  const tests = sourceTests.length > 0 ? { sourceTests } : {};
  return { ...asset, description, checks, feeds, ...tests, ...dbt, ...measuredAs(asset, sources) };
}

function partitionsOf({ partitions }: ScannedDefinition, file: string, scans: Scans): string | null {
  if (partitions === null) return null;
  const meaning = lookUp(partitions, file, scans);
  return meaning.is === "partitions" ? meaning.words : "partitioned";
}

function automationOf(definition: ScannedDefinition, file: string, scans: Scans) {
  const { automation, freshness } = definition;
  const words = (value: Value, otherwise: string) => {
    const meaning = lookUp(value, file, scans);
    return meaning.is === "condition" || meaning.is === "freshness" ? meaning.words : otherwise;
  };
  return {
    ...(automation === null ? {} : { automation: words(automation, ownCondition) }),
    ...(freshness === null ? {} : { freshness: words(freshness, "as its code says") }),
  };
}

/** By file and place, each said once: several inputs may stumble over one import. */
function inOrder(problems: readonly Problem[]): Problem[] {
  const byPlace = new Map(problems.map(it => [`${it.file}\n${it.line}:${it.column}\n${it.message}`, it]));
  return [...byPlace.values()].sort(
    (a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0) || a.line - b.line || a.column - b.column,
  );
}
