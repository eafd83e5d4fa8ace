import type { SeenFile, SeenMaterialization, SeenRun, WebhookCall } from "../model/sensorTick.ts";
import type { Log } from "./context.ts";
import type { Partitions } from "./partitions.ts";
import type { RunRequest, SkipReason } from "./runRequest.ts";

/** What the function of a sensor is handed. */
export interface SensorContext<Resources = Record<string, unknown>> {
  readonly name: string;
  /** What it set at an earlier tick; null before that. It is kept together with the runs that are requested, or not at all. */
  readonly cursor: string | null;
  /** Remembers how far it has come. A tick that fails forgets it again. */
  setCursor(cursor: string | null): void;
  /** The instant of this tick; of a schedule, when it was due, however late it is now. */
  readonly at: Date;
  /** The tick before; null at the first one. */
  readonly lastTickAt: Date | null;
  /** Adds and removes the keys of dynamic partitions; a request of the same tick may name the new ones. */
  readonly partitions: RequestedPartitionKeys;
  /** By the names of the option `resources`: what each answered when it was opened for this tick. */
  readonly resources: Resources;
  /** Aborted when the tick takes too long or the daemon stops. */
  readonly signal: AbortSignal;
  readonly log: Log;
}

/** The keys of dynamic partitions that come and go with a tick. */
export interface RequestedPartitionKeys {
  add(partitions: string | Partitions, keys: string | readonly string[]): void;
  remove(partitions: string | Partitions, keys: string | readonly string[]): void;
}

export interface AssetSensorContext<Resources = Record<string, unknown>> extends SensorContext<Resources> {
  /** All since the last tick, oldest first. */
  readonly materializations: readonly SeenMaterialization[];
}

export interface RunStatusSensorContext<Resources = Record<string, unknown>>
  extends SensorContext<Resources> {
  /** All that ended so since the last tick; each run once. */
  readonly runs: readonly SeenRun[];
}

export interface FileSensorContext<Resources = Record<string, unknown>> extends SensorContext<Resources> {
  /** Files that are new or were written since the last tick, by their path; each once. */
  readonly files: readonly SeenFile[];
}

export interface NotifySensorContext<Resources = Record<string, unknown>> extends SensorContext<Resources> {
  /** What was sent since the last tick. PostgreSQL keeps nothing for who does not listen. */
  readonly notifications: readonly string[];
  /**
   * Nobody listened for a time since the last tick: at the daemon's start, after a lost connection. The function is
   * called as soon as somebody listens again, also when nothing was sent since: go on from the cursor then, and what
   * was missed is caught up.
   */
  readonly mayHaveMissed: boolean;
}

export interface WebhookContext<Resources = Record<string, unknown>> extends SensorContext<Resources> {
  /** The calls since the last tick, oldest first; each once. */
  readonly calls: readonly ReceivedCall[];
}

export interface ReceivedCall extends WebhookCall {
  /** The body as JSON; throws when it is none. */
  json(): unknown;
}

/** What the function of a sensor may answer: requests, or why there are none. */
export type SensorAnswer =
  | RunRequest
  | SkipReason
  | Iterable<RunRequest | SkipReason>
  | AsyncIterable<RunRequest | SkipReason>
  | null
  | undefined
  // biome-ignore lint/suspicious/noConfusingVoidType: a function that returns nothing is meant.
  | void;
