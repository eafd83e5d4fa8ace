import { ConfigurationError } from "../engine/configuration.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { ConditionExplanation } from "../model/conditionExplanation.ts";
import {
  conditionRows,
  explanationInWords,
  firstRunInWords,
  marksLegend,
  outcomeMarks,
} from "../model/conditionRows.ts";
import type { ConditionAnswer, ConditionTickSummary } from "../model/conditionState.ts";
import { formatAgo } from "../model/format.ts";
import { selectionWord, shellWord } from "../model/shellWord.ts";
import { evaluatedCalled, whyEvaluated } from "./automationStanding.ts";
import { color, printJson, say } from "./terminal.ts";
import { type WorkspaceOptions, withEngine } from "./workspace.ts";

interface WhyOptions extends WorkspaceOptions {
  json?: boolean;
  /** A tick's id, or an instant. */
  at?: string;
}

/** Says why the condition of an asset does or does not request it: now, or as it was at a tick. */
export async function why(asset: string, options: WhyOptions): Promise<void> {
  await withEngine({ ...options, warm: true }, async engine => {
    const evaluated = await evaluatedCalled(engine, asset);
    if (evaluated !== null) return whyEvaluated(engine, evaluated, options);
    const key = asset as AssetKey;
    if (options.at !== undefined) {
      const tick = await tickAt(options.at, limit =>
        engine.conditionHistory(key, limit, untilOf(options.at)),
      );
      if (options.json) printJson(tick);
      else for (const line of tickInLines(tick, Date.now())) say(line);
      return;
    }
    const answer = await engine.why(key);
    if (options.json) printJson(answer);
    else for (const line of answerInLines(answer, Date.now())) say(line);
  });
}

/** By its id, or else the last one until an instant. */
async function tickAt(
  at: string,
  history: (limit: number) => Promise<ConditionTickSummary[]>,
): Promise<ConditionTickSummary> {
  const found = /^\d+$/.test(at)
    ? (await history(mostTicks)).find(it => it.id === at)
    : (await history(1))[0];
  if (found) return found;
  throw new ConfigurationError(
    `No look at this condition is recorded for "${at}". Give the id of a tick, or an instant such as 2026-02-03T06:00Z.`,
  );
}

const mostTicks = 10_000;

function untilOf(at = ""): number | null {
  if (/^\d+$/.test(at)) return null;
  const instant = Date.parse(at);
  if (Number.isNaN(instant)) {
    throw new ConfigurationError(
      `--at is "${at}". Give the id of a tick, or an instant such as 2026-02-03T06:00Z.`,
    );
  }
  return instant;
}

function answerInLines(answer: ConditionAnswer, now: number): string[] {
  const { asset, automation, isOff, isWatched, lastRequest, lastTick } = answer;
  if (automation === null) {
    return [
      `${asset} has no condition: it is made when somebody asks for it. Give it one: automation: eager().`,
    ];
  }
  const head = color.bold(`${asset}: ${automation}`);
  if (isOff)
    return [head, `switched off by hand. Switch it on: millrace automation reset ${shellWord(asset)}.`];
  const asleep = isWatched ? [] : ["No daemon has looked at it yet. Start one: millrace daemon."];
  const requested = lastRequest
    ? [`last requested ${requestInWords(lastRequest, now)}`]
    : lastTick
      ? ["never requested so far"]
      : [];
  const first = firstRunInWords(answer, `run millrace materialize ${selectionWord(asset)}`);
  const begun = first === null ? [] : [color.dim(first)];
  const explained = answer.now ? explanationInLines(answer.now) : [];
  return [head, ...explained.slice(0, 1), ...requested, ...begun, ...asleep, "", ...explained.slice(1)];
}

function tickInLines(tick: ConditionTickSummary, now: number): string[] {
  const { at, explanation, reason, error } = tick;
  const head = color.bold(`tick ${tick.id}, ${at} (${formatAgo(at, now)})`);
  const failure = error === null ? [] : [color.red(error)];
  const runs = tick.runIds.length > 0 ? [`requested ${runsInWords(tick.runIds)}`] : [];
  if (explanation === null) return [head, reason, ...runs, ...failure];
  const [first = reason, ...tree] = explanationInLines(explanation);
  return [head, first, ...runs, ...failure, "", ...tree];
}

function requestInWords({ at, reason, runIds, id }: ConditionTickSummary, now: number): string {
  return `${formatAgo(at, now)}: ${reason} (${runsInWords(runIds)}, tick ${id})`;
}

function runsInWords(runIds: readonly string[]): string {
  const shown = runIds.slice(0, 5).join(", ");
  const more = runIds.length > 5 ? ` and ${runIds.length - 5} more` : "";
  return `${runIds.length === 1 ? "run" : "runs"} ${shown}${more}`;
}

/** The reason in one line, then the condition as a tree. */
function explanationInLines(explanation: ConditionExplanation): string[] {
  const rows = conditionRows(explanation);
  const lines = rows.map(({ depth, outcome, words, asset, counts }) => {
    const whose = asset === null ? "" : `${asset}: `;
    const counted = counts === "" ? "" : color.dim(` ${counts}`);
    return `${"  ".repeat(depth)}${colors[outcome](outcomeMarks[outcome].mark)} ${whose}${words}${counted}`;
  });
  return [explanationInWords(explanation), ...lines, "", color.dim(marksLegend)];
}

const colors = { true: color.green, false: color.yellow, notEvaluated: color.dim };
