import { type Event, EventEmitter } from "vscode";
import type { ScannedGraph } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import { type AssetState, missingState } from "../model/assetState.ts";
import type { TickSummary } from "../model/automationState.ts";
import type { BackfillSummary } from "../model/backfillState.ts";
import { isEnded, type LogLine, type RunSummary } from "../model/run.ts";
import type { Remote } from "../protocol/channel.ts";
import type { EngineClient, EngineHost } from "../protocol/engine.ts";
import type { PartitionRow } from "../protocol/partitions.ts";
import type { EngineStatus } from "./engineProcess.ts";

const shownRuns = 50;
const shownBackfills = 20;

/** "2 min ago" is said anew so often. */
const wordsAgeMs = 30_000;

/** What the engine of one root has said so far; kept while it is away, so that nothing on screen goes blank. */
export class LiveState implements EngineClient {
  private readonly states = new Map<AssetKey, AssetState>();
  private latestRuns: RunSummary[] = [];
  private loaded: ScannedGraph | null = null;
  /** What was just asked for, until the engine says more. */
  private readonly expected = new Map<AssetKey, AssetState>();
  private wasAsked = false;
  private status: EngineStatus = "stopped";
  private trouble: string | null = null;
  private readonly refresher: NodeJS.Timeout;
  private ticker: NodeJS.Timeout | undefined;
  private readonly statesEmitter = new EventEmitter<readonly AssetState[] | undefined>();
  private readonly runsEmitter = new EventEmitter<RunSummary | undefined>();
  private readonly logEmitter = new EventEmitter<{ runId: string; lines: readonly LogLine[] }>();
  private readonly definitionsEmitter = new EventEmitter<void>();
  private readonly engineEmitter = new EventEmitter<void>();
  private latestBackfills: BackfillSummary[] = [];
  private readonly backfillsEmitter = new EventEmitter<BackfillSummary | undefined>();
  private readonly partitionsEmitter = new EventEmitter<Pick<PartitionRow, "asset" | "ranges">[]>();
  private readonly automationsEmitter = new EventEmitter<void>();
  private readonly ticksEmitter = new EventEmitter<readonly TickSummary[]>();

  /** The states that changed, or whose words did because time has passed; undefined: all of them. */
  readonly onDidChangeStates: Event<readonly AssetState[] | undefined> = this.statesEmitter.event;
  /** The run that changed, or nothing when the list did. */
  readonly onDidChangeRuns: Event<RunSummary | undefined> = this.runsEmitter.event;
  readonly onDidLog = this.logEmitter.event;
  readonly onDidChangeDefinitions: Event<void> = this.definitionsEmitter.event;
  readonly onDidChangeEngine: Event<void> = this.engineEmitter.event;
  /** The backfill that changed, or nothing when the list did. */
  readonly onDidChangeBackfills: Event<BackfillSummary | undefined> = this.backfillsEmitter.event;
  /** How partitions stand now, while something makes them. */
  readonly onDidChangePartitions = this.partitionsEmitter.event;
  /** Sensors, schedules or conditions were evaluated, by whichever engine. */
  readonly onDidEndTicks: Event<readonly TickSummary[]> = this.ticksEmitter.event;

  /** An automation was switched by hand, or a daemon came or went. */
  readonly onDidChangeAutomations: Event<void> = this.automationsEmitter.event;

  /** `remembered` are the states of an earlier session, shown until the engine has been asked. */
  constructor(remembered: readonly AssetState[]) {
    for (const state of remembered) this.states.set(state.asset, state);
    this.refresher = setInterval(() => {
      this.statesEmitter.fire(this.all());
      this.runsEmitter.fire(undefined);
    }, wordsAgeMs);
    this.refresher.unref();
  }

  /** Undefined until the engine has been asked; what it then does not know was never materialized. */
  stateOf(asset: AssetKey): AssetState | undefined {
    return (
      this.expected.get(asset) ?? this.states.get(asset) ?? (this.wasAsked ? missingState(asset) : undefined)
    );
  }

  /** Shows at once that a click was heard; ends when the engine says how the asset is, or by `giveUp`. */
  expect(asset: AssetKey): { giveUp(): void } {
    const reason = this.status === "running" ? null : "waits for the engine to start";
    const state: AssetState = { ...(this.stateOf(asset) ?? missingState(asset)), state: "queued", reason };
    this.expected.set(asset, state);
    this.statesEmitter.fire([state]);
    return {
      giveUp: () => {
        if (this.expected.get(asset) !== state) return;
        this.expected.delete(asset);
        this.statesEmitter.fire([this.stateOf(asset) ?? missingState(asset)]);
      },
    };
  }

  all(): AssetState[] {
    return [...this.states.values()];
  }

  /** Newest first. */
  runs(): readonly RunSummary[] {
    return this.latestRuns;
  }

  activeRuns(): RunSummary[] {
    return this.latestRuns.filter(run => !isEnded(run.status));
  }

  /** The graph of the loaded definitions, or null until the engine has loaded them. */
  definitions(): ScannedGraph | null {
    return this.loaded;
  }

  /** How the engine itself is. */
  engine(): EngineStatus {
    return this.status;
  }

  /** Asks a freshly started engine for everything. */
  async reload(host: Remote<EngineHost>): Promise<void> {
    const [states, runs, backfills] = await Promise.all([
      host.assetStates(),
      host.runs(shownRuns),
      host.backfills(shownBackfills),
    ]);
    this.wasAsked = true;
    this.engineChanged(this.status);
    this.states.clear();
    this.take(states);
    this.statesEmitter.fire(undefined);
    this.latestRuns = runs;
    this.runsEmitter.fire(undefined);
    this.latestBackfills = backfills;
    this.backfillsEmitter.fire(undefined);
    this.definitionsChanged(await host.definitions());
  }

  assetStatesChanged(states: AssetState[]): void {
    for (const { asset } of states) this.expected.delete(asset);
    this.take(states);
    this.statesEmitter.fire(states);
  }

  runChanged(run: RunSummary): void {
    const known = this.latestRuns.findIndex(it => it.id === run.id);
    if (known >= 0) this.latestRuns[known] = run;
    else this.latestRuns = keepLatest([run, ...this.latestRuns]);
    this.runsEmitter.fire(known >= 0 ? run : undefined);
  }

  logged(runId: string, lines: LogLine[]): void {
    this.logEmitter.fire({ runId, lines });
  }

  definitionsChanged(graph: ScannedGraph): void {
    this.loaded = graph;
    this.definitionsEmitter.fire();
  }

  /** Newest first. */
  backfills(): readonly BackfillSummary[] {
    return this.latestBackfills;
  }

  backfillChanged(backfill: BackfillSummary): void {
    const known = this.latestBackfills.findIndex(it => it.id === backfill.id);
    if (known >= 0) this.latestBackfills[known] = backfill;
    else this.latestBackfills = [backfill, ...this.latestBackfills].slice(0, shownBackfills);
    this.backfillsEmitter.fire(known >= 0 ? backfill : undefined);
  }

  ticksEnded(ticks: readonly TickSummary[]): void {
    this.ticksEmitter.fire(ticks);
  }

  automationsChanged(): void {
    this.automationsEmitter.fire();
  }

  partitionsChanged(rows: Pick<PartitionRow, "asset" | "ranges">[]): void {
    this.partitionsEmitter.fire(rows);
  }

  /** Why the engine cannot be asked, or null while it can. */
  engineTrouble(): string | null {
    return this.trouble;
  }

  engineChanged(status: EngineStatus, trouble: string | null = null): void {
    this.status = status;
    this.trouble = trouble;
    this.engineEmitter.fire();
  }

  dispose(): void {
    clearInterval(this.ticker);
    clearInterval(this.refresher);
    this.statesEmitter.dispose();
    this.runsEmitter.dispose();
    this.logEmitter.dispose();
    this.definitionsEmitter.dispose();
    this.engineEmitter.dispose();
    this.backfillsEmitter.dispose();
    this.partitionsEmitter.dispose();
    this.ticksEmitter.dispose();
    this.automationsEmitter.dispose();
  }

  private take(states: readonly AssetState[]) {
    for (const state of states) this.states.set(state.asset, state);
    this.tickWhileRunning();
  }

  private tickWhileRunning() {
    const running = () => this.all().filter(({ state }) => state === "running");
    if (this.ticker !== undefined || running().length === 0) return;
    this.ticker = setInterval(() => {
      const ticked = running();
      if (ticked.length > 0) return this.statesEmitter.fire(ticked);
      clearInterval(this.ticker);
      this.ticker = undefined;
    }, 1000);
  }
}

/** The many runs of a backfill must not push out what people asked for. */
function keepLatest(runs: readonly RunSummary[]): RunSummary[] {
  let [ofPeople, ofBackfills] = [0, 0];
  return runs.filter(it => (it.backfillId === null ? ofPeople++ : ofBackfills++) < shownRuns);
}
