import { type AssetNode, isExternal } from "./assetGraph.ts";
import type { AssetKey } from "./assetKey.ts";
import type { SelectionAttribute, SelectionProblem, SelectionTerm } from "./selection.ts";
import { didYouMean } from "./suggest.ts";

/** What one term of a selection says of each asset, in their order. */
export interface TermMatch {
  readonly matches: readonly boolean[];
  readonly problem: SelectionProblem | null;
  /** For a term that matches nothing and need not match: what may have been meant. */
  readonly hint: string | null;
}

/** Asks every asset for what a term names. */
export function matchTerm(
  term: SelectionTerm,
  text: string,
  assets: readonly AssetNode[],
  includeExternal: boolean,
  changes: StateChanges | null = null,
): TermMatch {
  const sees = includeExternal || !seesMaterializableOnly.has(term.attribute) ? () => true : isMaterializable;
  const isMatch = term.attribute === "state" ? stateMatcher(term, changes) : matcher(term);
  if (typeof isMatch === "string")
    return { matches: [], problem: { at: term.at, length: term.length, message: isMatch }, hint: null };
  const matches = assets.map(asset => sees(asset) && isMatch(asset));
  if (matches.includes(true)) return { matches, problem: null, hint: null };
  if (term.bare) return { matches, problem: unknownAsset(term, text, assets), hint: null };
  return { matches, problem: null, hint: hintFor(term, assets.filter(sees)) };
}

/** What dbt found to be "modified", "new" and so on, by comparing its project with another manifest. */
export type StateChanges = ReadonlyMap<string, ReadonlySet<AssetKey>>;

/** Whether a key or a group fits a pattern, in which each "*" stands for any characters. */
export function matchesPattern(pattern: string, text: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return text === pattern;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}

const seesMaterializableOnly: ReadonlySet<SelectionAttribute> = new Set(["group", "tag", "kind"]);

function isMaterializable(asset: AssetNode): boolean {
  return !isExternal(asset);
}

/** Only dbt can tell, and it was asked before. */
function stateMatcher(
  { value }: SelectionTerm,
  changes: StateChanges | null,
): ((asset: AssetNode) => boolean) | string {
  const known = changes?.get(value ?? "");
  if (known !== undefined) return ({ key }) => known.has(key);
  return `state:${value} compares dbt's project with another manifest, and here there is none to compare with. It is for materialize, backfill, list and checks, with --state DIR.`;
}

/** The question to each asset, or the sentence that says why the value asks nothing. */
function matcher(term: SelectionTerm): ((asset: AssetNode) => boolean) | string {
  const { attribute, value } = term;
  switch (attribute) {
    case "key":
      return term.bare ? ({ key }) => key === value : ({ key }) => matchesPattern(value ?? "", key);
    case "tag":
      return tagMatcher(term);
    case "owner":
      return ({ owners }) => value !== null && owners.includes(value);
    case "group":
      return ({ group }) => value !== null && matchesPattern(value, group);
    case "kind":
      return ({ kinds }) => (value === null ? kinds.length === 0 : kinds.includes(value));
    case "is":
      if (value === "external") return isExternal;
      if (value === "materializable") return isMaterializable;
      return `"${value}" is nothing that an asset can be asked for. Write is:external or is:materializable.`;
    case "partitions":
      return partitionsMatcher(value);
    case "state":
      return stateMatcher(term, null);
  }
}

/** tag:name means the empty value; tag:name=<null> the assets without that tag. A kind is a tag as well. */
function tagMatcher({ value, tagValue }: SelectionTerm): (asset: AssetNode) => boolean {
  if (value === null) return () => false;
  const kind = value.startsWith(kindTag) ? value.slice(kindTag.length) : null;
  return ({ tags, kinds }) => {
    const own = Object.hasOwn(tags, value) ? tags[value] : undefined;
    const tag = own ?? (kind !== null && kinds.includes(kind) ? "" : null);
    return tag === tagValue;
  };
}

const kindTag = "dagster/kind/";

/** A definition's first word says what it is: "daily from 2026-01-01". */
function partitionsMatcher(value: string | null): ((asset: AssetNode) => boolean) | string {
  if (value === null || value === "none") return ({ partitions }) => partitions === null;
  const wanted =
    value === "time_window" ? timeWindows : [...timeWindows, ...otherPartitions].filter(it => it === value);
  if (wanted.length === 0) {
    const names = ["none", "time_window", ...timeWindows, ...otherPartitions].join(", ");
    return `There are no "${value}" partitions.${didYouMean(value, [...timeWindows, ...otherPartitions])} What can be asked is ${names}.`;
  }
  return ({ partitions }) => wanted.includes(partitions?.toLowerCase().split(/\W/, 1)[0] ?? "");
}

const timeWindows = ["hourly", "daily", "weekly", "monthly", "cron"];
const otherPartitions = ["static", "dynamic", "multi"];

function unknownAsset(
  { at, length, value }: SelectionTerm,
  text: string,
  assets: readonly AssetNode[],
): SelectionProblem {
  const name = value ?? "";
  const meant = didYouMean(
    name,
    assets.map(it => it.key),
  );
  const written = name.includes("*") ? name : text.trim();
  const isPattern = /^[^\s"]*\*$/.test(written) && assets.some(it => matchesPattern(written, it.key));
  const pattern = isPattern ? ` A pattern is written key:"${written}".` : "";
  const file = fileInWords(name, assets);
  const list = meant + pattern + file === "" ? ' Run "millrace list" to see every asset.' : "";
  return { at, length, message: `There is no asset "${name}".${meant}${pattern}${file}${list}` };
}

/** Whoever names a file means what it declares. */
function fileInWords(name: string, assets: readonly AssetNode[]): string {
  const path = `/${name}`;
  const within = assets.filter(({ file }) => file !== null && `/${file}`.endsWith(path));
  if (within.length === 0 || name.trim() === "") return "";
  const keys = within.slice(0, 3).map(it => it.key);
  const more = within.length > 3 ? ` and ${within.length - 3} more` : "";
  return ` ${within[0]?.file} is a file; what it declares is named by its key: ${keys.join(", ")}${more}.`;
}

function hintFor({ attribute, value, tagValue }: SelectionTerm, assets: readonly AssetNode[]): string | null {
  if (value === null || attribute === "is" || attribute === "partitions") return null;
  if (attribute === "state") return `Nothing is state:${value}.`;
  if (attribute === "tag") return `No asset has the tag ${value}${tagValue === "" ? "" : `=${tagValue}`}.`;
  const names: Record<"key" | "owner" | "group" | "kind", (asset: AssetNode) => readonly string[]> = {
    key: asset => [asset.key],
    owner: asset => asset.owners,
    group: asset => [asset.group],
    kind: asset => asset.kinds,
  };
  return `No asset has the ${attribute} "${value}".${didYouMean(value, assets.flatMap(names[attribute]))}`;
}
