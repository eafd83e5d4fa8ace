import { type AutomationSummary, reasonInWords, type TickSummary } from "../../model/automationState.ts";
import { formatAgo, formatCount } from "../../model/format.ts";
import type { DaemonStatus } from "../../protocol/automation.ts";

/** Where and how the clock on the wall is read; absent: as here. */
export interface WallClock {
  readonly locale?: string;
  readonly timeZone?: string;
}

export type AutomationStanding = "on" | "onByHand" | "off" | "offByHand" | "failing";

/** What fails wants attention, unless it is off. */
export function standingOf({
  isOn,
  switched,
  lastTick,
}: Pick<AutomationSummary, "isOn" | "switched" | "lastTick">): AutomationStanding {
  if (isOn && lastTick?.status === "failed") return "failing";
  if (switched === null) return isOn ? "on" : "off";
  return isOn ? "onByHand" : "offByHand";
}

/** Each standing with its words and a shape of its own. */
export const standings: Readonly<
  Record<AutomationStanding, { words: string; codicon: string; themeColor: string }>
> = {
  on: { words: "on", codicon: "play-circle", themeColor: "charts.green" },
  onByHand: { words: "on by hand", codicon: "run-all", themeColor: "charts.green" },
  off: { words: "off", codicon: "circle-slash", themeColor: "descriptionForeground" },
  offByHand: { words: "off by hand", codicon: "debug-pause", themeColor: "descriptionForeground" },
  failing: { words: "failing", codicon: "error", themeColor: "charts.red" },
};

/** "next 14:05 · requested 2 runs 5 min ago · on": what is to come, in the user's own time, and what was. */
export function wordsOfAutomation(automation: AutomationSummary, now: number, clock: WallClock = {}): string {
  const { kind, when, nextTickAt, lastTick } = automation;
  const standing = standingOf(automation);
  const last = lastTick ? `${wordsOfTick(lastTick)} ${formatAgo(lastTick.endedAt, now)}` : "no tick yet";
  const { words } = standings[standing];
  if (standing === "off" || standing === "offByHand") return [words, ...(lastTick ? [last] : [])].join(" · ");
  const soon = nextTickAt === null ? when : `next ${localTime(nextTickAt, now, clock)}`;
  const next = nextTickAt === null && kind === "condition" ? [] : [soon];
  return (standing === "on" ? [...next, last, words] : [words, ...next, last]).join(" · ");
}

/** Several of a kind, behind its name: "3 · 1 failing · 1 off". */
export function wordsOfAutomations(automations: readonly AutomationSummary[]): string {
  const found = automations.map(standingOf);
  const failing = found.filter(it => it === "failing").length;
  const off = found.filter(it => it === "off" || it === "offByHand").length;
  return [
    formatCount(found.length),
    ...(failing > 0 ? [`${formatCount(failing)} failing`] : []),
    ...(off > 0 ? [`${formatCount(off)} off`] : []),
  ].join(" · ");
}

/** "requested 2 runs: raw/orders was updated", "nothing new". */
export function wordsOfTick(tick: TickSummary): string {
  const { status, runIds, error } = tick;
  const reason = reasonInWords(tick);
  if (status === "failed") return `failed: ${firstLine(error?.message ?? reason ?? "")}`;
  if (runIds.length === 0) return firstLine(reason ?? "nothing to do");
  const runs = runIds.length === 1 ? "requested 1 run" : `requested ${formatCount(runIds.length)} runs`;
  return reason ? `${runs}: ${firstLine(reason)}` : runs;
}

/** The same for a tick among others: "nothing new · 120 times until 10:32:05". */
export function wordsOfTicks(tick: TickSummary, now: number, clock: WallClock = {}): string {
  if (tick.evaluations === 1) return wordsOfTick(tick);
  const until = localTime(tick.endedAt, now, clock, true);
  return `${wordsOfTick(tick)} · ${formatCount(tick.evaluations)} times until ${until}`;
}

/** Who evaluates, and who takes runs besides. */
export function wordsOfDaemon(daemon: DaemonStatus | null, now: number): string {
  if (daemon === null) return "";
  const { leader, daemons, workers } = daemon;
  const helpers = workers === 0 ? [] : [workers === 1 ? "1 worker" : `${formatCount(workers)} workers`];
  if (leader === null) return ["not running, so nothing happens by itself", ...helpers].join(" · ");
  const others = daemons > 1 ? [`leads ${formatCount(daemons)} daemons`] : [];
  return [`on ${leader.host}, started ${formatAgo(leader.since, now)}`, ...others, ...helpers].join(" · ");
}

/** "06:00" today, "3 Feb, 06:00" on another day: as the clock on the wall shows it. */
export function localTime(
  iso: string,
  now: number,
  { locale, timeZone }: WallClock = {},
  withSeconds = false,
): string {
  const at = new Date(iso);
  const zone = timeZone === undefined ? {} : { timeZone };
  const dayOf = (time: Date) => time.toLocaleDateString("en-CA", zone);
  const isToday = dayOf(at) === dayOf(new Date(now));
  return at.toLocaleString(locale, {
    ...zone,
    ...(isToday ? {} : { day: "numeric", month: "short" }),
    hour: "2-digit",
    minute: "2-digit",
    ...(withSeconds ? { second: "2-digit" } : {}),
    hourCycle: "h23",
  });
}

function firstLine(text: string): string {
  return text.split("\n")[0] ?? text;
}
