import type { AutomationName, AutomationTrigger } from "./automationNode.ts";
import type { LogLine, RunError } from "./run.ts";

/** A sensor, schedule or condition with what has become of it. */
export interface AutomationSummary extends AutomationName {
  readonly description: string | null;
  readonly selection: string | null;
  readonly trigger: AutomationTrigger | null;
  /** "every 30 s", "0 6 * * * (Europe/Berlin)": when it is evaluated. */
  readonly when: string;
  readonly isOn: boolean;
  /** By hand; null: as the code has it. */
  readonly switched: boolean | null;
  readonly cursor: string | null;
  /** ISO 8601; null: when something happens, or never. */
  readonly nextTickAt: string | null;
  readonly lastTick: TickSummary | null;
  readonly file: string | null;
  readonly line: number | null;
}

export type TickStatus = "requested" | "skipped" | "failed";

/** One evaluation, or several in a row that came to nothing in the same way. */
export interface TickSummary extends AutomationName {
  readonly id: string;
  /** The instant that it stands for: of a schedule, when it was due. ISO 8601. */
  readonly at: string;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly evaluations: number;
  readonly status: TickStatus;
  readonly cursorBefore: string | null;
  readonly cursorAfter: string | null;
  /** Why it requested nothing, or not all, in words. */
  readonly reason: string | null;
  readonly error: RunError | null;
  readonly runIds: readonly string[];
  readonly log: readonly LogLine[];
  /** What else its kind has to tell. */
  readonly details: unknown;
}

/** What an evaluation would have come to; nothing was changed by it. */
export interface TestedTick {
  readonly status: TickStatus;
  readonly reason: string | null;
  readonly error: RunError | null;
  /** What failed together is handed over again in smaller parts, so that it holds up nothing else. */
  readonly isInParts: boolean;
  readonly cursorBefore: string | null;
  readonly cursorAfter: string | null;
  readonly requests: readonly TestedRequest[];
  /** Keys of dynamic partitions, by name. */
  readonly partitions: Readonly<Record<string, { add: readonly string[]; remove: readonly string[] }>>;
  readonly log: readonly LogLine[];
}

/** A run that would have been requested. */
export interface TestedRequest {
  readonly key: string | null;
  readonly selection: string;
  readonly partitions: string | null;
  /** Its steps: "weather/readings 2026-01-01". */
  readonly steps: readonly string[];
  /** Why there would be none, such as that there was one with this key already. */
  readonly refused: string | null;
}

/** Why it requested nothing, and, of a condition that says the same again, what is another thing than before. */
export function reasonInWords({ reason, details }: Pick<TickSummary, "reason" | "details">): string | null {
  const { difference } = (details ?? {}) as { difference?: unknown };
  return reason !== null && typeof difference === "string" ? `${reason} · ${difference}` : reason;
}
