import type { AutomationNode } from "../../model/automationNode.ts";
import type { SensorEvent } from "../../model/sensorTick.ts";
import type { AutomationRow } from "../../store/automations.ts";
import type { Sql } from "../../store/database.ts";
import type { Notifications } from "../../store/notifications.ts";
import { assetTrigger } from "./assetTrigger.ts";
import { cronTrigger } from "./cronTrigger.ts";
import { fileTrigger } from "./fileTrigger.ts";
import type { AutomationEdge } from "./loops.ts";
import { notifyTrigger } from "./notifyTrigger.ts";
import { runStatusTrigger } from "./runStatusTrigger.ts";
import { webhookTrigger } from "./webhookTrigger.ts";

/** What makes one automation due, while it is on: it may hold a watcher or a connection open. */
export interface Trigger {
  /** What it remembers from the beginning, written when the automation is switched on for the first time. */
  begin?(sql: Sql, now: number): Promise<unknown>;
  /** What its instants are counted by: when that changes, they are counted anew. */
  readonly definition?: string;
  /**
   * What there is to hand over now. Null: nothing, and then the function is not called; `idle` says it in words.
   * Asked again before it was handed over, it answers the same and more, or a part that may do better.
   */
  collect(row: AutomationRow, now: number, isPoll: boolean): Promise<DueEvent | null>;
  readonly idle?: string;
  /** What was collected last was written, or could not be handed over. */
  settled(handed: boolean): void;
  /** The files that could not be handed over so far, of a trigger that hands over files. */
  waiting?(): readonly string[];
  /** When it wants to be asked at the latest, counted from its last tick; epoch milliseconds. */
  next(row: AutomationRow, lastTickAt: number): number;
  close(): void;
}

/** What is handed over at one tick. */
export interface DueEvent {
  /** The instant that the tick stands for. */
  readonly at: number;
  /** Null: nothing is evaluated, the tick is only written. */
  readonly event: SensorEvent | null;
  /** Written with the tick; answers what the trigger remembers from then on. */
  write?(sql: Sql): Promise<unknown>;
  /** Of a schedule: up to here all is dealt with after this tick. */
  readonly doneUntil?: number;
  /** What is to be said of the tick besides. */
  readonly reason?: string | null;
  /** There is more to hand over, at a tick of its own right after this one. */
  readonly more?: boolean;
}

export interface TriggerEdge extends AutomationEdge {
  /** Connections that listen, by URL; null: of the state database. */
  notifications(url: string | null): Notifications;
  /** Something happened that this automation waits for; it is looked at in so many milliseconds. */
  happened(name: string, inMs: number): void;
}

export function createTrigger(node: AutomationNode, edge: TriggerEdge): Trigger {
  const { trigger } = node;
  switch (trigger?.kind) {
    case "cron":
      return cronTrigger(trigger);
    case "asset":
      return assetTrigger(node.name, trigger, edge);
    case "runStatus":
      return runStatusTrigger(node.name, trigger, edge);
    case "file":
      return fileTrigger(node.name, trigger, edge);
    case "notify":
      return notifyTrigger(node, trigger, edge);
    case "webhook":
      return webhookTrigger(node.name, trigger, edge);
    default:
      return intervalTrigger(trigger?.everySeconds ?? 30);
  }
}

function intervalTrigger(everySeconds: number): Trigger {
  return {
    collect: async (_row, now) => ({ at: now, event: { kind: "none" } }),
    settled() {},
    next: (_row, lastTickAt) => lastTickAt + everySeconds * 1000,
    close() {},
  };
}
