import type { AssetDetails, CheckDetails, ColumnDetails, Neighbour } from "../../src/model/assetDetails.ts";
import type { PastMaterialization } from "../../src/model/assetFacts.ts";
import { remarksInWords } from "../../src/model/checkWords.ts";
import { formatAgo, formatCount, formatDuration, formatRows } from "../../src/model/format.ts";
import { verdictInWords } from "../../src/model/freshnessWords.ts";
import { describeState, stateMarks } from "../../src/model/stateWords.ts";

/** "dbt incremental model", "TypeScript asset": what it is. */
export function kindText({ kind, dbt }: Pick<AssetDetails, "kind" | "dbt">): string {
  if (dbt === null)
    return { typescript: "TypeScript asset", dbt: "dbt asset", source: "Source", exposure: "Exposure" }[kind];
  const { resource, materialized, version } = dbt;
  const made = materialized !== null && materialized !== resource ? `${materialized} ` : "";
  return `dbt ${made}${resource}${version === null ? "" : ` v${version}`}`;
}

/** The state in one line: "stale: raw_weather_data is newer". When and how much stands below it. */
export function stateText({ state, isExternal, kind }: AssetDetails, now: number): string {
  if (isExternal) return kind === "exposure" ? "reads what is upstream" : "filled by somebody else";
  if (state === null) return "state not known yet";
  const words = state.state === "materialized" ? stateMarks.materialized.words : describeState(state, now);
  return [words, remarksInWords(state)].filter(Boolean).join(" · ");
}

/** What stands in the strip below the state: always the same cells, so that nothing moves when one is known. */
export interface Stat {
  readonly label: string;
  readonly value: string;
  readonly title: string | null;
}

export function statsOf({ state, freshness }: AssetDetails, now: number): Stat[] {
  const at = state?.materializedAt ?? null;
  return [
    {
      label: "Materialized",
      value: at === null ? (state === null ? "–" : "never") : formatAgo(at, now),
      title: at === null ? null : absoluteTime(at),
    },
    { label: "Rows", value: state?.rows == null ? "–" : formatCount(state.rows), title: null },
    {
      label: "Took",
      value: state?.durationMs == null ? "–" : formatDuration(state.durationMs),
      title: null,
    },
    {
      label: "Freshness",
      value: freshnessText(state, now) ?? freshness ?? "not asked for",
      title: freshness,
    },
  ];
}

function freshnessText(state: AssetDetails["state"], now: number): string | null {
  const known = state?.freshness;
  if (!known || known.state === "notApplicable") return null;
  const since = known.since === null ? null : Date.parse(known.since);
  return verdictInWords({ state: known.state, since, changesAt: null }, now);
}

/** "27 of 31 partitions · 2 failed": each state with its number. */
export function partitionsText({ partitions }: AssetDetails): string {
  if (partitions === null) return "";
  const { counts, total, words } = partitions;
  if (total === 0) return words;
  const count = (...states: string[]) =>
    counts.reduce((sum, it) => sum + (states.includes(it.state) ? it.count : 0), 0);
  const rest = (["failed", "unknown", "stale", "running", "queued"] as const).flatMap(state =>
    count(state) === 0 ? [] : `${formatCount(count(state))} ${stateMarks[state].words}`,
  );
  const there = `${formatCount(count("materialized", "stale"))} of ${formatCount(total)} partitions`;
  return [there, ...rest].join(" · ");
}

/** One line of the facts; one with a link can be clicked. */
export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly action: "openSource" | "showWhy" | "showPartitions" | null;
}

export function factsOf(details: AssetDetails): Fact[] {
  const { dbt, group, owners, tags, relation, source, codeVersion, pool, automation, partitions, freshness } =
    details;
  const facts: [name: string, value: string | null | undefined, action?: Fact["action"]][] = [
    ["Kind", kindText(details)],
    ["Group", group === "default" ? null : group],
    ["Table", relation],
    ["Package", dbt?.package],
    ["Partitions", partitions?.words, "showPartitions"],
    ["Automation", automation, "showWhy"],
    ["Freshness", freshness],
    ["Owners", owners.join(", ")],
    ["Tags", tags.join(", ")],
    ["Code version", codeVersion],
    ["Pool", pool],
    ["Source", source && `${source.file}:${source.line}`, "openSource"],
  ];
  return facts.flatMap(([name, value, action = null]) => (value ? { name, value, action } : []));
}

/** The mark and the words of how a check came out. */
export function resultMark(
  { result }: CheckDetails,
  isRunning: boolean,
): { mark: string; className: string } {
  if (isRunning) return { mark: "▸", className: "is-running" };
  const known = result?.status ?? "none";
  return { mark: resultMarks[known], className: `is-${known}` };
}

const resultMarks = { passed: "✓", failed: "✗", warned: "!", error: "✗", skipped: "–", none: "○" } as const;

export function resultText({ result, severity }: CheckDetails, isRunning: boolean, now: number): string {
  if (isRunning) return "running";
  if (result === null) return severity === "warning" ? "not run yet · warns only" : "not run yet";
  const { status, failedRows, failedPartitions, message, at } = result;
  const words = {
    passed: "passed",
    failed: "failed",
    warned: "warns",
    error: "could not run",
    skipped: "skipped",
  };
  if (status === "passed") return [words.passed, formatAgo(at, now)].join(" · ");
  const said = message?.split("\n")[0];
  // Who says what is wrong says how much of it, too.
  const count =
    failedPartitions > 0
      ? ` in ${formatCount(failedPartitions)} ${failedPartitions === 1 ? "partition" : "partitions"}`
      : failedRows === null || failedRows === 0 || said
        ? ""
        : ` for ${formatRows(failedRows)}`;
  return [`${words[status]}${count}${said ? `: ${said}` : ""}`, formatAgo(at, now)].join(" · ");
}

/** What a screen reader says of a column's check, and a tooltip. */
export function chipTitle(check: CheckDetails, isRunning: boolean, now: number): string {
  return `${check.name}: ${resultText(check, isRunning, now)}`;
}

export function neighbourTitle({ asset, kind, state }: Neighbour): string {
  const words =
    state === null ? (kind === "source" || kind === "exposure" ? kind : null) : stateMarks[state].words;
  return words === null ? asset : `${asset}, ${words}`;
}

/** "1,204 rows · 1.2 s"; of a partition its key first. */
export function historyText({ rows, durationMs, partitions, isUnsure }: PastMaterialization): string {
  if (isUnsure) return "by hand, in unknown partitions";
  const slice = partitions && (partitions[0] === partitions[1] ? partitions[0] : partitions.join(" … "));
  const facts = [
    rows === null ? null : formatRows(rows),
    durationMs === null ? null : formatDuration(durationMs),
  ];
  return [slice, ...facts].filter(Boolean).join(" · ");
}

/** Why there is no column to see. */
export function noColumnsText({ kind, state }: AssetDetails, isAsking: boolean, canRun: boolean): string {
  if (isAsking) return "Reading the columns …";
  if (kind === "typescript" && !canRun) return "Its columns are known where an engine may run.";
  const isThere = state !== null && state.materializedAt !== null;
  return isThere || kind === "source"
    ? "Its columns are not known here."
    : "Its columns are known once it is materialized, or declared.";
}

export function columnText({ name, type, description }: ColumnDetails): string {
  return [name, type, description].filter(Boolean).join(", ");
}

/** Exactly, with the zone. */
export function absoluteTime(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" });
}
