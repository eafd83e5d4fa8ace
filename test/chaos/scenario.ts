/** A fault that is inflicted while work goes on, and what became of the work. */
export interface Scenario {
  /** "kill -9 of workers" */
  readonly fault: string;
  /** Why this machine does not let us inflict it; null: it does. */
  hindrance?(): string | null;
  run(scale: Scale): Promise<Outcome>;
}

/** How much is made, and how often the fault strikes. */
export interface Scale {
  readonly targets: number;
  readonly strikes: number;
}

export interface Outcome {
  readonly wanted: number;
  /** Targets that exist at the end. */
  readonly made: number;
  /** Targets that were published more often than they were asked for. */
  readonly twice: number;
  readonly strikes: number;
  /** What else was to hold and did not; empty when all did. */
  readonly faults: readonly string[];
}

/** Of `npm test`. */
export const short: Scale = { targets: 60, strikes: 3 };
/** Of `npm run chaos`. */
export const long: Scale = { targets: 2_500, strikes: 25 };

export function isHarmless({ wanted, made, twice, faults }: Outcome): boolean {
  return made === wanted && twice === 0 && faults.length === 0;
}
