import type { AssetKey } from "./assetKey.ts";

/** What decides to request runs: named by its kind and its name; that of a condition is its asset. */
export type AutomationKind = "sensor" | "schedule" | "condition" | "freshness";

export interface AutomationName {
  readonly kind: AutomationKind;
  readonly name: string;
}

/** Whether a sensor or a schedule can be called so: it stands in addresses and on command lines. */
export function isAutomationName(name: string): boolean {
  return /^[\p{L}\p{N}_][\p{L}\p{N}_.-]{0,99}$/u.test(name);
}

/** A sensor or a schedule as it is listed and evaluated; plain, so that it crosses every process border. */
export interface AutomationNode extends AutomationName {
  readonly kind: "sensor" | "schedule";
  readonly description: string | null;
  /** What its runs make, unless a request says otherwise; null: each request says it. */
  readonly selection: string | null;
  /** Null where only its text is known, and that does not say it. */
  readonly trigger: AutomationTrigger | null;
  /** Whether it is on as the code has it. */
  readonly on: boolean;
  /** Whether it has a function of its own; what has none is evaluated by its trigger alone. */
  readonly hasFunction: boolean;
  /** Where it is written: relative to the root with forward slashes, 1-based; null when nowhere. */
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
}

/** What makes a sensor or a schedule due. */
export type AutomationTrigger =
  | {
      readonly kind: "cron";
      readonly crons: readonly string[];
      readonly timezone: string;
      /** What happens to ticks that nobody evaluated in time. */
      readonly missed: MissedTicks;
      /** Of partitioned assets, so many of the latest partitions are made; null: the function says which. */
      readonly partitions: number | null;
    }
  | { readonly kind: "interval"; readonly everySeconds: number }
  /** The asset was materialized. */
  | { readonly kind: "asset"; readonly asset: AssetKey; readonly everySeconds: number }
  /** A run ended so. */
  | {
      readonly kind: "runStatus";
      readonly statuses: readonly EndedRunStatus[];
      readonly everySeconds: number;
    }
  /** A file that matches was written. */
  | {
      readonly kind: "file";
      /** Relative to the root: "incoming/*.csv". */
      readonly patterns: readonly string[];
      /** So long a file must have been left alone. */
      readonly settleMs: number;
      readonly everySeconds: number;
    }
  /** Somebody sent NOTIFY on the channel. */
  | {
      readonly kind: "notify";
      readonly channel: string;
      /** The environment variable with the database's URL; null: the state database. */
      readonly databaseEnv: string | null;
      readonly everySeconds: number;
    }
  /** Somebody called the daemon at /webhooks/NAME. */
  | { readonly kind: "webhook"; readonly tokenEnv: string; readonly everySeconds: number };

export type MissedTicks = "skip" | "latest" | "all";

export type EndedRunStatus = "succeeded" | "failed" | "canceled";
