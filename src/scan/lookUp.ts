import { closestName } from "../model/closestName.ts";
import type { DbtReference } from "../model/dbtReference.ts";
import type { FileScan, ModuleName, Range, ScannedDefinition, Value } from "./fileScan.ts";
import { isOutside, isRelative, modulePaths } from "./modulePaths.ts";

/** Every file that was read, by its path. */
export type Scans = ReadonlyMap<string, FileScan>;

/** What a value means when all files are seen together. */
export type Meaning =
  | { readonly is: "definition"; readonly definition: ScannedDefinition; readonly file: string }
  | { readonly is: "partitions" | "condition" | "freshness"; readonly words: string }
  | { readonly is: "key"; readonly key: string }
  | ({ readonly is: "dbtModel" } & DbtReference)
  | { readonly is: "self" }
  | { readonly is: "other"; readonly what: string }
  /** Known only when the code runs; `why` says so, null when it is said elsewhere. */
  | { readonly is: "computed"; readonly why: string | null }
  /** An error at another place than the value's own: at the import. */
  | { readonly is: "lost"; readonly file: string; readonly range: Range; readonly message: string }
  /** A file that was not read yet may know: one of these, the first that exists. */
  | { readonly is: "unread"; readonly paths: readonly string[]; readonly lost: Lost };

type Lost = Extract<Meaning, { is: "lost" }>;

/** Looks a value up through constants, imports and re-exports, over as many files as it takes. */
export function lookUp(value: Value, file: string, scans: Scans): Meaning {
  return follow(value, none, { scans, file, depth: 0, searched: null });
}

interface Lookup {
  readonly scans: Scans;
  /** Where the value is written. */
  readonly file: string;
  /** How many names were passed: they may be defined by each other. */
  readonly depth: number;
  /** What was looked for behind `export *`, and in which module: modules may lead to each other. */
  readonly searched: Set<string> | null;
}

const none: readonly string[] = [];
const computed: Meaning = { is: "computed", why: "is computed" };
const silent: Meaning = { is: "computed", why: null };
/** Nobody hands an asset on through more names; a circle ends here. */
const deepest = 100;

/** `members` are the names still to be read off the value: `orders` in `shop.orders`. */
function follow(value: Value, members: readonly string[], lookup: Lookup): Meaning {
  if (lookup.depth > deepest) return { is: "computed", why: "is defined by itself" };
  switch (value.is) {
    case "definition": {
      const definition = lookup.scans.get(lookup.file)?.definitions[value.index];
      if (definition === undefined || members.length > 0) return computed;
      return { is: "definition", definition, file: lookup.file };
    }
    case "name":
      return followName(value.path, members, lookup);
    case "imported":
      return followImport(value, members, lookup);
    case "call": {
      const of = follow(value.of, none, lookup);
      const stays =
        of.is === "definition" ||
        of.is === "dbtModel" ||
        of.is === "condition" ||
        of.is === "self" ||
        of.is === "lost" ||
        of.is === "unread";
      return stays && members.length === 0 ? of : computed;
    }
    case "members": {
      const [first] = members;
      if (first === undefined) return { is: "other", what: "an object" };
      const member = value.of.findLast(([name]) => name === first);
      return member === undefined ? computed : follow(member[1], members.slice(1), lookup);
    }
    case "computed":
      return computed;
    default:
      return members.length === 0 ? value : computed;
  }
}

function followName(path: readonly string[], members: readonly string[], lookup: Lookup): Meaning {
  const { scans, file, depth, searched } = lookup;
  const scan = scans.get(file);
  const [name] = path;
  if (scan === undefined || name === undefined) return computed;
  const value = scan.names.get(name);
  if (value !== undefined) {
    const further = path.length === 1 ? members : [...path.slice(1), ...members];
    return follow(value, further, { scans, file, depth: depth + 1, searched });
  }
  return scan.broken ? silent : { is: "computed", why: `is "${name}", which this file does not declare` };
}

function followImport(
  { from, name, range }: Extract<Value, { is: "imported" }>,
  members: readonly string[],
  lookup: Lookup,
): Meaning {
  const file = moduleFile(from, lookup);
  if (typeof file !== "string") return file;
  if (name !== "*") return followExport(file, name, members, range, lookup);
  const [first] = members;
  if (first === undefined) return { is: "other", what: "a whole module" };
  return followExport(file, first, members.slice(1), range, lookup);
}

/** `range` is where the importing file names the export. */
function followExport(
  file: string,
  name: string,
  members: readonly string[],
  range: Range,
  lookup: Lookup,
): Meaning {
  const { scans, depth } = lookup;
  const scan = scans.get(file);
  if (scan === undefined) return computed;
  const value = scan.exports.get(name);
  if (value !== undefined) {
    return follow(value, members, { scans, file, depth: depth + 1, searched: lookup.searched });
  }
  let unsure: Meaning | null = scan.broken ? silent : null;
  const searched = lookup.searched ?? new Set();
  const search = `${file}\n${name}`;
  const isNew = !searched.has(search);
  searched.add(search);
  const there = { scans, file, depth, searched };
  for (const from of name !== "default" && isNew ? scan.exportsAllOf : []) {
    const next = moduleFile(from, there);
    const found = typeof next === "string" ? followExport(next, name, members, from.range, there) : next;
    if (found.is !== "lost" && found.is !== "computed") return found;
    if (found.is === "computed") unsure ??= found;
  }
  return unsure ?? { is: "lost", file: lookup.file, range, message: noSuchExport(scan, name) };
}

function noSuchExport(scan: FileScan, name: string): string {
  const names = [...scan.exports.keys()];
  const meant = closestName(name, names);
  if (meant) return `${scan.file} exports no "${name}". Did you mean "${meant}"?`;
  if (name === "default") return `${scan.file} has no default export. Import by name: import { … }.`;
  return `${scan.file} exports no "${name}". Export it there, or correct the name.`;
}

/** The file that an import means, or why there is none. */
function moduleFile({ specifier, range }: ModuleName, { file, scans }: Lookup): string | Meaning {
  if (!isRelative(specifier) || specifier.endsWith(".json")) {
    return { is: "computed", why: `comes from "${specifier}", which the scan does not follow` };
  }
  const paths = modulePaths(specifier, file);
  const found = paths.find(path => scans.has(path));
  if (found !== undefined) return found;
  if (paths.some(isOutside)) {
    return { is: "computed", why: `comes from "${specifier}", outside the workspace` };
  }
  return { is: "unread", paths, lost: { is: "lost", file, range, message: noSuchFile(specifier) } };
}

function noSuchFile(specifier: string): string {
  return `"${specifier}" is no file. Correct the path of this import.`;
}
