import type { AssetKey } from "./assetKey.ts";
import type { AutomationName, EndedRunStatus } from "./automationNode.ts";
import type { LogLine, RunError } from "./run.ts";

/** One evaluation of the user's function of a sensor or a schedule; plain, so that it crosses to the worker. */
export interface SensorOrder extends AutomationName {
  readonly id: string;
  readonly cursor: string | null;
  /** The instant that the tick stands for: of a schedule, when it was due; epoch milliseconds. */
  readonly at: number;
  readonly lastTickAt: number | null;
  readonly event: SensorEvent;
}

/** What there is to tell the function besides the time. */
export type SensorEvent =
  | { readonly kind: "none" }
  | { readonly kind: "materializations"; readonly materializations: readonly SeenMaterialization[] }
  | { readonly kind: "runs"; readonly runs: readonly SeenRun[] }
  | { readonly kind: "files"; readonly files: readonly SeenFile[] }
  | {
      readonly kind: "notifications";
      readonly payloads: readonly string[];
      /** Since the tick before, there was a time in which nobody listened. */
      readonly mayHaveMissed: boolean;
    }
  | { readonly kind: "calls"; readonly calls: readonly WebhookCall[] };

export interface SeenMaterialization {
  readonly id: string;
  readonly asset: AssetKey;
  /** [key] of one partition, [first, last] of a range, null for an unpartitioned asset. */
  readonly partitions: readonly string[] | null;
  readonly runId: string;
  /** ISO 8601. */
  readonly at: string;
  readonly rows: number | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface SeenRun {
  readonly id: string;
  readonly status: EndedRunStatus;
  readonly selection: string;
  readonly requestedBy: string;
  /** ISO 8601. */
  readonly endedAt: string;
  readonly assets: readonly AssetKey[];
  /** What the run, or its first failed step, failed of. */
  readonly error: string | null;
}

export interface SeenFile {
  /** Relative to the workspace root, with forward slashes. */
  readonly path: string;
  readonly size: number;
  /** ISO 8601. */
  readonly modifiedAt: string;
  readonly change: "new" | "changed";
}

export interface WebhookCall {
  readonly id: string;
  readonly body: string;
  readonly contentType: string | null;
  /** ISO 8601. */
  readonly receivedAt: string;
}

export interface SensorRequest {
  readonly key: string | null;
  /** Null: what the sensor makes anyway. */
  readonly selection: string | null;
  /** "2026-01-01...2026-01-31". */
  readonly partitions: string | null;
  /** The same key by key; a key may hold what stands between those of a text. */
  readonly partitionKeys: readonly string[] | null;
}

export type SensorOutcome =
  | {
      readonly status: "done";
      readonly requests: readonly SensorRequest[];
      readonly partitions: Readonly<Record<string, { add: readonly string[]; remove: readonly string[] }>>;
      readonly cursor: string | null;
      readonly reason: string | null;
      readonly log: readonly LogLine[];
    }
  | { readonly status: "failed"; readonly error: RunError; readonly log: readonly LogLine[] };

/** What one evaluation may answer at the most; a sensor with more to say says it in several ticks. */
export const sensorLimits = {
  requests: 1_000,
  /** Keys of dynamic partitions. */
  keys: 10_000,
  /** Characters of a cursor, and of a run key or what one request selects. */
  cursor: 100_000,
  text: 10_000,
  logLines: 200,
  logCharacters: 64_000,
} as const;

/** What an automation without a function asks for: its assets, of the partitions that were made above them. */
export function requestsWithoutFunction(event: SensorEvent): SensorRequest[] {
  const nothing = { key: null, selection: null, partitions: null, partitionKeys: null };
  if (event.kind !== "materializations") return [nothing];
  return event.materializations.map(({ id, partitions }) => ({
    ...nothing,
    key: id,
    ...(partitions?.length === 1 ? { partitionKeys: partitions } : {}),
    ...(partitions?.length === 2 ? { partitions: partitions.join("...") } : {}),
  }));
}
