import type { AutomationName } from "../model/automationNode.ts";
import type { AutomationSummary, TestedTick, TickSummary } from "../model/automationState.ts";

/** What the editor may ask about automation; a part of `EngineHost`. */
export interface AutomationHost {
  /** Of the present definitions, each with its state. */
  automations(): Promise<AutomationSummary[]>;
  /** Newest first. */
  ticks(automation: AutomationName, limit: number): Promise<TickSummary[]>;
  /** By hand, until it is reset to what the code has: "code". */
  switchAutomation(automation: AutomationName, to: "on" | "off" | "code"): Promise<void>;
  /** Of a sensor or a schedule; null: as at its first tick. Keys of runs keep their one run. */
  setAutomationCursor(automation: AutomationName, cursor: string | null): Promise<void>;
  /** Evaluates it now, changes nothing, and answers what it would have requested. */
  testTick(automation: AutomationName): Promise<TestedTick>;
  /** Who evaluates the automations of this environment. */
  daemonStatus(): Promise<DaemonStatus>;
}

/** What the engine tells its client about automation, unasked. */
export interface AutomationClient {
  /** Also those that other engines evaluated. */
  ticksEnded(ticks: TickSummary[]): void;
  /** One was switched by hand, or who evaluates them has changed. */
  automationsChanged(): void;
}

export interface DaemonStatus {
  /** Null: nobody evaluates them, a daemon is to be started. */
  readonly leader: { name: string; host: string; pid: number; since: string } | null;
  /** Daemons that answer, with the one that leads. */
  readonly daemons: number;
  /** Engines that only take runs. */
  readonly workers: number;
}
