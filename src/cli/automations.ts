import { ConfigurationError } from "../engine/configuration.ts";
import type { Engine } from "../engine/engine.ts";
import { brokenFiles } from "../engine/planRequest.ts";
import type { AutomationName } from "../model/automationNode.ts";
import {
  type AutomationSummary,
  reasonInWords,
  type TestedTick,
  type TickStatus,
  type TickSummary,
} from "../model/automationState.ts";
import { formatAgo, formatCount } from "../model/format.ts";
import type { FreshnessState } from "../model/freshness.ts";
import { freshnessWords } from "../model/freshnessWords.ts";
import type { LogLine } from "../model/run.ts";
import { didYouMean } from "../model/suggest.ts";
import { printProblem } from "./problems.ts";
import { color, printJson, say, table } from "./terminal.ts";
import { wholeNumber } from "./wholeNumber.ts";
import { type WorkspaceOptions, withEngine } from "./workspace.ts";

interface Options extends WorkspaceOptions {
  json?: boolean;
}

/** Lists sensors, schedules and conditions, and says whether anybody evaluates them. */
export async function list(options: Options): Promise<void> {
  await withEngine(options, async engine => {
    const [automations, daemon] = await Promise.all([engine.automations(), engine.daemonStatus()]);
    const { problems } = await engine.definitions();
    if (options.json) {
      printJson({ automations, daemon, problems });
      return;
    }
    for (const problem of problems) printProblem(problem);
    if (automations.length === 0) say("There is no sensor, no schedule and no condition here.");
    else say(table(automations.map(it => row(it, Date.now()))));
    if (daemon.leader) {
      const { name, host, pid, since } = daemon.leader;
      say(color.dim(`Evaluated by ${name} ${pid} on ${host}, which began ${formatAgo(since, Date.now())}.`));
    } else if (automations.length > 0) {
      say(color.yellow('Nobody evaluates them now. Start "millrace daemon".'));
    }
  });
}

/** Switches by hand, or lets the code say again. */
export async function switchTo(
  to: "on" | "off" | "reset",
  name: string,
  options: Options & { cursor?: string | true },
): Promise<void> {
  await withEngine(options, async engine => {
    const automation = await find(engine, name);
    if (options.cursor !== undefined) {
      await engine.setAutomationCursor(automation, options.cursor === true ? null : options.cursor);
    }
    await engine.switchAutomation(automation, to === "reset" ? "code" : to);
    const { isOn, cursor } = (await find(engine, name)) as AutomationSummary;
    if (options.json) printJson({ kind: automation.kind, name: automation.name, isOn, cursor });
    else say(`The ${automation.kind} ${automation.name} is ${isOn ? "on" : "off"}.`);
  });
}

/** Prints what its last evaluations came to. */
export async function ticks(name: string, options: Options & { limit?: string }): Promise<void> {
  const limit = wholeNumber("--limit", options.limit ?? "20");
  await withEngine(options, async engine => {
    const found = await engine.ticks(await findWithHistory(engine, name), limit);
    if (options.json) printJson({ ticks: found });
    else if (found.length === 0) say("It was not evaluated yet.");
    else for (const tick of found) for (const line of tickInLines(tick, Date.now())) say(line);
  });
}

/** Evaluates it without any effect; exits 1 when that fails. */
export async function test(name: string, options: Options): Promise<void> {
  await withEngine({ ...options, warm: true }, async engine => {
    const tested = await engine.testTick(await find(engine, name));
    if (options.json) printJson(tested);
    else for (const line of testInLines(tested)) say(line);
    if (tested.status === "failed") process.exitCode = 1;
  });
}

/** "NAME" or "sensor:NAME", when a sensor is called as an asset is. */
async function find(engine: Engine, written: string): Promise<AutomationName> {
  const all = await engine.automations();
  const [, kind, rest] = /^(sensor|schedule|condition):(.+)$/.exec(written) ?? [];
  const found = all.filter(it =>
    kind === undefined ? it.name === written : it.kind === kind && it.name === rest,
  );
  const [first, second] = found;
  if (first === undefined) {
    const names = all.map(it => it.name);
    // It may be missing only because its file does not load.
    const broken = brokenFiles(await engine.definitions());
    const missing = `There is no sensor, schedule or condition "${written}".${didYouMean(written, names)}`;
    throw new ConfigurationError([...broken, missing].join("\n"));
  }
  if (second === undefined) return first;
  throw new ConfigurationError(
    `Both a ${first.kind} and a ${second.kind} are called "${written}". Write ${first.kind}:${written} or ${second.kind}:${written}.`,
  );
}

/** The same, or an asset of which freshness is asked: "freshness:KEY" where its condition has a history too. */
async function findWithHistory(engine: Engine, written: string): Promise<AutomationName> {
  const [, prefix, rest] = /^(freshness:)?(.+)$/s.exec(written) ?? [];
  const { assets } = await engine.definitions();
  const bound = assets.filter(it => it.freshnessPolicy).map(it => it.key as string);
  const isOther = async () => (await engine.automations()).some(it => it.name === written);
  if (rest !== undefined && bound.includes(rest) && (prefix || !(await isOther()))) {
    return { kind: "freshness", name: rest };
  }
  if (!prefix) return find(engine, written);
  throw new ConfigurationError(
    `No asset "${rest}" has a freshness policy.${didYouMean(rest ?? "", bound)} Give it one: freshness: freshWithin("24 h").`,
  );
}

function row(it: AutomationSummary, now: number): string[] {
  const state = it.isOn ? color.green("on") : color.dim("off");
  const byHand = it.switched === null ? "" : color.dim(" by hand");
  const next = it.nextTickAt === null ? "" : `next ${localTime(it.nextTickAt)}`;
  return [
    it.kind,
    it.name,
    `${state}${byHand}`,
    it.when,
    next,
    it.lastTick ? lastInWords(it.lastTick, now) : "",
  ];
}

function lastInWords(tick: TickSummary, now: number): string {
  // What is another thing than at the look before is for its history.
  return `${mark(tick.status)} ${outcomeInWords({ ...tick, details: null })} ${color.dim(formatAgo(tick.endedAt, now))}`;
}

function outcomeInWords(tick: TickSummary): string {
  const { status, runIds, error } = tick;
  const reason = reasonInWords(tick);
  if (status === "failed") return firstLine(error?.message ?? "failed");
  if (status === "requested") {
    const runs = runIds.length === 1 ? `run ${runIds[0]}` : `${formatCount(runIds.length)} runs`;
    return reason ? `${runs}; ${reason}` : runs;
  }
  return reason ?? "nothing";
}

/** One tick, with what it changed, where it failed and what it said. */
export function tickInLines(tick: TickSummary, now: number): string[] {
  const times = tick.evaluations > 1 ? `, ${formatCount(tick.evaluations)} times in a row` : "";
  const lines = [
    `${markOf(tick)} ${localTime(tick.at)}  ${times ? outcomeInWords(tick).replace(/\.$/, "") : outcomeInWords(tick)}${times}  ${color.dim(formatAgo(tick.endedAt, now))}`,
  ];
  if (tick.runIds.length > 1) lines.push(color.dim(`    runs ${namesOf(tick.runIds)}`));
  if (tick.cursorAfter !== tick.cursorBefore) {
    lines.push(color.dim(`    cursor ${tick.cursorBefore ?? "none"} → ${tick.cursorAfter ?? "none"}`));
  }
  if (tick.error?.file) lines.push(color.dim(`    at ${tick.error.file}:${tick.error.line}`));
  return [...lines, ...tick.log.map(logLine)];
}

function testInLines(tested: TestedTick): string[] {
  const lines = tested.log.map(logLine);
  if (tested.error) {
    const { message, file, line } = tested.error;
    for (const { key, selection, partitions, refused } of tested.requests) {
      if (refused !== null) continue;
      const what = [selection, partitions, key === null ? "" : color.dim(`key ${key}`)]
        .filter(Boolean)
        .join(" ");
      lines.push(`${mark("skipped")} would not run ${what}, for the tick fails as a whole`);
    }
    if (tested.isInParts)
      lines.push(
        color.dim("The daemon hands the files over again in smaller parts: only those that fail alone wait."),
      );
    return [...lines, `${mark("failed")} ${message}${file ? ` (${file}:${line})` : ""}`];
  }
  for (const [name, { add, remove }] of Object.entries(tested.partitions)) {
    if (add.length > 0) lines.push(`would add to ${name}: ${namesOf(add)}`);
    if (remove.length > 0) lines.push(`would remove from ${name}: ${namesOf(remove)}`);
  }
  for (const { key, selection, partitions, steps, refused } of tested.requests) {
    const what = [selection, partitions].filter(Boolean).join(" ");
    const named = key === null ? "" : color.dim(` key ${key}`);
    if (refused !== null) lines.push(`${color.yellow("–")} no run of ${what}${named}: ${refused}`);
    else lines.push(`${color.green("✓")} would run ${namesOf(steps)}${named}`);
  }
  if (tested.requests.length === 0)
    lines.push(`– would request nothing: ${tested.reason ?? "it says no reason"}`);
  else if (tested.reason) lines.push(color.dim(tested.reason));
  if (tested.cursorAfter !== tested.cursorBefore) {
    lines.push(color.dim(`cursor ${tested.cursorBefore ?? "none"} → ${tested.cursorAfter ?? "none"}`));
  }
  return [...lines, color.dim("Nothing was changed.")];
}

function mark(status: TickStatus): string {
  if (status === "requested") return color.green("✓");
  return status === "failed" ? color.red("✗") : color.dim("–");
}

/** How fresh an asset became says more than that nothing was requested. */
function markOf({ kind, status, details }: TickSummary): string {
  if (kind !== "freshness") return mark(status);
  const { state } = (details ?? {}) as { state?: FreshnessState };
  const painted = state === "pass" ? color.green : state === "fail" ? color.red : color.yellow;
  return state === undefined ? mark(status) : painted(freshnessWords[state].mark);
}

function logLine({ level, message }: LogLine): string {
  return color.dim(`    ${level === "info" ? "" : `${level}: `}${message}`);
}

function namesOf(names: readonly string[]): string {
  const shown = names.slice(0, 8).join(", ");
  return names.length > 8 ? `${shown} and ${formatCount(names.length - 8)} more` : shown;
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? text;
}

/** As the clock on the wall shows it, with the date and its zone: a cron may be of another one. */
export function localTime(iso: string): string {
  const at = new Date(iso);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const zone = new Intl.DateTimeFormat("en", { timeZoneName: "short" })
    .formatToParts(at)
    .find(it => it.type === "timeZoneName");
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())} ${zone?.value ?? ""}`;
}
