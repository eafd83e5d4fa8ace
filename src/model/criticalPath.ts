/** What is needed of a step to know what the run waited for; times are epoch milliseconds. */
export interface TimedStep {
  readonly id: string;
  readonly dependsOn: readonly string[];
  readonly startedAt: number | null;
  /** Of what still goes on, the present. */
  readonly endedAt: number | null;
}

/**
 * The steps that decided how long the run took, in order: the one that ended last, the one it waited for longest,
 * and so on back to a step that waited for none.
 */
export function criticalPath(steps: readonly TimedStep[]): string[] {
  const byId = new Map(steps.map(it => [it.id, it]));
  const path: string[] = [];
  let at = latest(steps);
  while (at !== undefined && !path.includes(at.id)) {
    path.unshift(at.id);
    at = latest(at.dependsOn.flatMap(id => byId.get(id) ?? []));
  }
  return path;
}

/** Of those that ran at all; the first one when several ended at once. */
function latest(steps: readonly TimedStep[]): TimedStep | undefined {
  let last: TimedStep | undefined;
  for (const step of steps) {
    if (step.startedAt === null || step.endedAt === null) continue;
    if (last === undefined || step.endedAt > (last.endedAt as number)) last = step;
  }
  return last;
}
