import type { ScannedGraph } from "../../model/assetGraph.ts";
import type { AutomationLease } from "../../store/automationLease.ts";

/**
 * Something that looks whether runs are to be requested: for sensors, for schedules, for conditions.
 * Loops know nothing of each other; one that throws or hangs holds up no other.
 */
export interface AutomationLoop {
  readonly name: string;
  /**
   * Does what is due, and answers when to look again, in epoch milliseconds; null: when something happens.
   * Each transaction that it writes ends with `requireAutomationLease`.
   */
  look(moment: AutomationMoment, signal: AbortSignal): Promise<number | null>;
  /** Whether a word on the database's channel ("ended", "partitions", "automation …") makes it look at once. */
  heeds?(payload: string): boolean;
  /** Words on the channel may have been missed: what they would have said is to be asked again. It looks then. */
  missed?(): void;
  /** How many of its ticks have failed, and what fails now. */
  faults?(): { readonly failures: number; readonly problems: readonly string[] };
  /** The lease is lost, or the engine stops: what it holds open for its looks is closed. */
  rest?(): Promise<void>;
}

/** What a loop is told at each look. */
export interface AutomationMoment {
  /** Epoch milliseconds. */
  readonly now: number;
  readonly graph: ScannedGraph;
  /** Of the definitions that `graph` was loaded from. */
  readonly digest: string;
  readonly lease: AutomationLease;
}
