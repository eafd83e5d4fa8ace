import { Disposable, type Event, EventEmitter, workspace } from "vscode";
import type { AutomationName } from "../model/automationNode.ts";
import type { AutomationSummary, TickSummary } from "../model/automationState.ts";
import { afterTicks } from "../model/nextTick.ts";
import type { DaemonStatus } from "../protocol/automation.ts";
import type { EngineProcess } from "./engineProcess.ts";
import type { LiveState } from "./liveState.ts";

/** What evaluations of one automation came to, newest first, as far back as was asked for. */
export interface TickHistory {
  readonly ticks: readonly TickSummary[];
  /** Whether the oldest is among them. */
  readonly isWhole: boolean;
}

/** Ticks are told in groups; what follows from a group is asked once. */
const gatherMs = 200;
const pageSize = 20;
const recentTicks = 200;
/** A daemon that was killed says nothing. */
const daemonLookMs = 20_000;

/**
 * The automations of one root as its engine knows them. Nothing is asked before someone looks; from then on each
 * tick comes by itself, and what is not told by ticks is asked again when the engine says that it changed.
 */
export class LiveAutomations implements Disposable {
  private readonly engine: EngineProcess;
  private readonly emitter = new EventEmitter<void>();
  private readonly subscriptions: Disposable;
  private readonly histories = new Map<string, TickHistory>();
  /** How far back somebody has looked. */
  private readonly depths = new Map<string, number>();
  private known: readonly AutomationSummary[] | null = null;
  private status: DaemonStatus | null = null;
  private isLookedAt = false;
  private asked = 0;
  /** What ended lately, for answers that were under way then. */
  private recent: readonly TickSummary[] = [];
  private timer: NodeJS.Timeout | undefined;
  private readonly daemonTimer: NodeJS.Timeout;

  readonly onDidChange: Event<void> = this.emitter.event;

  constructor(state: LiveState, engine: EngineProcess) {
    this.engine = engine;
    this.subscriptions = Disposable.from(
      state.onDidEndTicks(ticks => this.take(ticks)),
      state.onDidChangeDefinitions(() => this.refreshSoon()),
      state.onDidChangeAutomations(() => this.refreshSoon()),
    );
    this.daemonTimer = setInterval(() => {
      if (this.isLookedAt && engine.status() === "running") this.lookForDaemon().catch(() => {});
    }, daemonLookMs);
    this.daemonTimer.unref();
  }

  /** Null until the engine has been asked. */
  all(): readonly AutomationSummary[] | null {
    return this.known;
  }

  find({ kind, name }: AutomationName): AutomationSummary | undefined {
    return this.known?.find(it => it.kind === kind && it.name === name);
  }

  /** Who evaluates them; null until the engine has been asked. */
  daemon(): DaemonStatus | null {
    return this.status;
  }

  /** What it came to lately; asks once, and `further` for more of it. */
  async history(automation: AutomationName, further = false): Promise<TickHistory> {
    const id = idOf(automation);
    const known = this.histories.get(id);
    if (known && !further) return known;
    const limit = (this.depths.get(id) ?? pageSize) + (further ? pageSize : 0);
    this.depths.set(id, limit);
    const { kind, name } = automation;
    const before = this.recent;
    const ticks = await this.engine.ask(host => host.ticks({ kind, name }, limit));
    const history = { ticks, isWhole: ticks.length < limit };
    // What ended meanwhile makes the tree ask again.
    if (before === this.recent) this.histories.set(id, history);
    if (further) this.emitter.fire();
    return history;
  }

  /** Somebody looks at them: from now on they are kept up to date. */
  async look(): Promise<void> {
    if (this.isLookedAt || !workspace.isTrusted) return;
    this.isLookedAt = true;
    await this.refresh();
  }

  /** Asks the engine again; the newest answer is the one that counts. */
  async refresh(): Promise<void> {
    if (!workspace.isTrusted) return;
    clearTimeout(this.timer);
    this.asked += 1;
    const own = this.asked;
    const [known, status] = await this.engine.ask(host =>
      Promise.all([host.automations(), host.daemonStatus()]),
    );
    if (own !== this.asked) return;
    this.isLookedAt = true;
    this.known = known.map(it => afterTicks(it, this.recent, Date.now()));
    this.status = status;
    this.histories.clear();
    this.emitter.fire();
  }

  dispose(): void {
    clearTimeout(this.timer);
    clearInterval(this.daemonTimer);
    this.subscriptions.dispose();
    this.emitter.dispose();
  }

  private async lookForDaemon() {
    const status = await this.engine.ask(host => host.daemonStatus());
    if (JSON.stringify(status) === JSON.stringify(this.status)) return;
    this.status = status;
    this.emitter.fire();
  }

  private take(ticks: readonly TickSummary[]) {
    this.recent = [...this.recent, ...ticks].slice(-recentTicks);
    if (this.known === null) return;
    if (ticks.some(it => !this.find(it))) this.refreshSoon();
    this.known = this.known.map(it => afterTicks(it, ticks, Date.now()));
    for (const tick of ticks) {
      const id = idOf(tick);
      const history = this.histories.get(id);
      if (history) this.histories.set(id, withTick(history, tick, this.depths.get(id) ?? pageSize));
    }
    this.emitter.fire();
  }

  private refreshSoon() {
    if (!this.isLookedAt) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      // An engine that is away says what it knows when it is back.
      this.refresh().catch(() => {});
    }, gatherMs);
  }
}

function idOf({ kind, name }: AutomationName): string {
  return `${kind} ${name}`;
}

/** A new one pushes out the oldest of a full page: what goes on for days does not pile up here. */
function withTick({ ticks, isWhole }: TickHistory, tick: TickSummary, depth: number): TickHistory {
  const known = ticks.findIndex(it => it.id === tick.id);
  if (known >= 0) return { ticks: ticks.with(known, tick), isWhole };
  const all = [tick, ...ticks];
  return { ticks: all.slice(0, depth), isWhole: isWhole && all.length <= depth };
}
