/** A step of a run that was lost with its engine. */
export interface LostRunStep {
  readonly position: number;
  readonly status: string;
  readonly lost: "engine" | "worker" | null;
  readonly dependsOn: readonly number[];
}

/**
 * What of a lost run can be made as if nothing had happened, in its order, with the new places that each step waits
 * for: what its engine took with it, unless it needs something that ended otherwise.
 */
export function restOfRun<Step extends LostRunStep>(
  steps: readonly Step[],
): { readonly step: Step; readonly dependsOn: readonly number[] }[] {
  const statuses = new Map(steps.map(it => [it.position, it.status]));
  const places = new Map<number, number>();
  const rest: { step: Step; dependsOn: number[] }[] = [];
  for (const step of [...steps].sort((a, b) => a.position - b.position)) {
    const isWhole = step.dependsOn.every(it => places.has(it) || statuses.get(it) === "succeeded");
    if (step.lost !== "engine" || !isWhole) continue;
    places.set(step.position, rest.length);
    rest.push({ step, dependsOn: step.dependsOn.flatMap(it => places.get(it) ?? []) });
  }
  return rest;
}
