import type { AssetState, AssetStateName, PartsInState } from "./assetState.ts";
import { formatAgo, formatCount, formatDuration, formatRows } from "./format.ts";
import type { RunStatus, StepStatus } from "./run.ts";

/** How one state looks: an icon and its colour in the editor, one character in a terminal, and its name in words. */
export interface StateMark {
  readonly codicon: string;
  readonly themeColor: string;
  readonly terminal: string;
  readonly words: string;
}

/** The one look of every state in trees, CodeLenses, pictures and terminals. */
export const stateMarks: Readonly<Record<AssetStateName, StateMark>> = {
  materialized: mark("pass-filled", "charts.green", "✓", "materialized"),
  stale: mark("history", "charts.yellow", "◐", "stale"),
  missing: mark("circle-outline", "disabledForeground", "○", "never materialized"),
  queued: mark("clock", "charts.purple", "…", "queued"),
  running: mark("sync~spin", "charts.blue", "▸", "running"),
  failed: mark("error", "charts.red", "✗", "failed"),
  skipped: mark("debug-step-over", "descriptionForeground", "–", "skipped"),
  canceled: mark("circle-slash", "descriptionForeground", "⊘", "canceled"),
  unknown: mark("question", "charts.orange", "?", "unknown"),
  partly: mark("circle-outline", "disabledForeground", "○", "partly materialized"),
};

/** The asset's state that a run's or a step's status looks like. */
export const stateOfStatus: Readonly<Record<RunStatus | StepStatus, AssetStateName>> = {
  queued: "queued",
  dispatched: "queued",
  running: "running",
  canceling: "running",
  succeeded: "materialized",
  failed: "failed",
  skipped: "skipped",
  canceled: "canceled",
  unknown: "unknown",
};

/** The state that a whole shows when its parts differ: the one that most wants a person's eye. */
export function worstState(parts: Iterable<AssetStateName>): AssetStateName {
  const present = new Set(parts);
  return worstFirst.find(state => present.has(state)) ?? "missing";
}

/** The state whose mark is shown: the worst of the parts, but what has only holes is partly there and not missing. */
export function shownState({ state, parts }: Pick<AssetState, "state" | "parts">): AssetStateName {
  if (state !== "partly" || parts === undefined || parts.length === 0) return state;
  const worst = worstState(parts.map(it => it.state));
  return worst === "missing" && countParts(parts).present > 0 ? "partly" : worst;
}

/** How this asset's state looks: one that is partly there shows in a terminal how much is there. */
export function markOf(asset: AssetState): StateMark {
  const shown = stateMarks[shownState(asset)];
  if (asset.state !== "partly" || asset.parts === undefined || asset.parts.length === 0) return shown;
  const { present, total } = countParts(asset.parts);
  return { ...shown, terminal: `${present}/${total}` };
}

/** The state in words, as it stands in a CodeLens or behind a tree row: "2 h ago · 1,204 rows". */
export function describeState(state: AssetState, now: number): string {
  const { words } = stateMarks[state.state];
  switch (state.state) {
    case "materialized":
      return describeMaterialization(state, now);
    case "missing":
      return words;
    case "running":
      return describeRunning(state, now);
    case "failed":
      return because(words, state.error?.message ?? state.reason);
    case "queued":
      return state.reason?.startsWith("waits") ? firstLine(state.reason) : because(words, state.reason);
    case "canceled":
      return state.reason?.startsWith("after ")
        ? `${words} ${firstLine(state.reason)}`
        : because(words, state.reason);
    case "partly":
      return state.reason === null ? describeParts(state.parts ?? []) : firstLine(state.reason);
    case "stale":
    case "skipped":
    case "unknown":
      return because(words, state.reason);
  }
}

const worstFirst: readonly AssetStateName[] = [
  "failed",
  "unknown",
  "canceled",
  "skipped",
  "running",
  "queued",
  "missing",
  "partly",
  "stale",
  "materialized",
];

function mark(codicon: string, themeColor: string, terminal: string, words: string): StateMark {
  return { codicon, themeColor, terminal, words };
}

function describeMaterialization({ materializedAt, rows }: AssetState, now: number): string {
  const facts = [
    ...(materializedAt === null ? [] : [formatAgo(materializedAt, now)]),
    ...(rows === null ? [] : [formatRows(rows)]),
  ];
  return facts.length > 0 ? facts.join(" · ") : stateMarks.materialized.words;
}

/** Whole seconds, so that the words keep their width while they tick. */
function describeRunning({ since }: AssetState, now: number): string {
  const seconds = since === null ? 0 : Math.floor((now - Date.parse(since)) / 1000);
  return seconds >= 1 ? `running ${formatDuration(seconds * 1000)}` : "running";
}

/** What is said of parts beside how many are there. */
const told = ["running", "queued", "failed", "stale", "unknown"] as const;

/** "27 of 31 · 2 failed": what is there, and the worst of what is not well. */
function describeParts(parts: readonly PartsInState[]): string {
  if (parts.length === 0) return stateMarks.partly.words;
  const { of, present, total } = countParts(parts);
  const rest = told.flatMap(state => (of(state) > 0 ? ` · ${formatCount(of(state))} ${state}` : []));
  return `${formatCount(present)} of ${formatCount(total)}${rest.join("")}`;
}

/** How many partitions there are, how many of them are materialized, and how many are in each state. */
export function countParts(parts: readonly PartsInState[]) {
  const counts = new Map<AssetStateName, number>();
  let total = 0;
  for (const { state, count } of parts) {
    counts.set(state, (counts.get(state) ?? 0) + count);
    total += count;
  }
  const of = (state: AssetStateName) => counts.get(state) ?? 0;
  // What is stale is there all the same.
  return { of, present: of("materialized") + of("stale"), total };
}

/** "stale: raw_weather_data is newer"; whoever wrote the reason may have begun with the word already. */
function because(words: string, reason: string | null): string {
  if (reason === null || reason.trim() === "") return words;
  const line = firstLine(reason);
  return line.startsWith(`${words}:`) ? line : `${words}: ${line}`;
}

/** A label has one line; what follows stands in the log. */
function firstLine(text: string): string {
  return text.trim().split(/\r?\n/, 1)[0] ?? "";
}
