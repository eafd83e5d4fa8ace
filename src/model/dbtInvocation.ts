import type { AssetKey } from "./assetKey.ts";
import type { StepStatus } from "./run.ts";

/** A step as far as it matters for what may run with it. */
export interface InvocableStep {
  readonly position: number;
  readonly asset: AssetKey;
  readonly positions: { readonly definition: string; readonly first: number; readonly last: number } | null;
  readonly dependsOn: readonly number[];
  readonly status: StepStatus;
}

/** What decides which steps go together. */
export interface InvocationRules {
  /** Made by dbt, and nobody has begun it. */
  isFree(step: InvocableStep): boolean;
  /** Partitions in a row make one window: true where they are windows of time. */
  isWindow(step: InvocableStep): boolean;
}

/**
 * The next steps that one invocation of dbt makes: what can start now, and everything of dbt below it that waits
 * for nothing else. All of them have the same partitions, for an invocation has one window.
 */
export function nextInvocation<Step extends InvocableStep>(
  steps: readonly Step[],
  { isFree, isWindow }: InvocationRules,
): Step[] {
  const has = (position: number) => steps[position]?.status === "succeeded";
  const first = steps.find(it => it.status === "queued" && isFree(it) && it.dependsOn.every(has));
  if (first === undefined) return [];
  const isCandidate = (it: Step) =>
    it.status === "queued" && isFree(it) && it.positions?.definition === first.positions?.definition;
  const reachable = reach(steps, it => isCandidate(it));
  if (first.positions === null) return reachable;
  const range = isWindow(first) ? rowFrom(first, reachable) : (first.positions as Range);
  const whole = assetsThatCover(range, reachable);
  return reach(steps, it => isCandidate(it) && whole.has(it.asset) && isWithin(it, range));

  /** Steps stand upstream before downstream: one pass finds all that wait for nothing but each other. */
  function reach(all: readonly Step[], isMeant: (step: Step) => boolean): Step[] {
    const found = new Map<number, Step>();
    for (const step of all) {
      const canFollow = (position: number) => {
        const above = found.get(position);
        // What an asset needs of itself has to be there before.
        return above === undefined ? has(position) : above.asset !== step.asset;
      };
      if (isMeant(step) && step.dependsOn.every(canFollow)) found.set(step.position, step);
    }
    return [...found.values()];
  }
}

/**
 * Assets of which a run makes the same partitions in an invocation to come, because their table or their pool is in
 * use. A test that looks at such an asset too speaks then: now it would see the new rows beside old ones.
 */
export function madeLater(steps: readonly InvocableStep[], group: readonly InvocableStep[]): Set<AssetKey> {
  const now = new Set(group.map(it => it.position));
  const waiting = steps.filter(it => it.status === "queued" && !now.has(it.position));
  return new Set(waiting.filter(it => group.some(made => overlaps(made, it))).map(it => it.asset));
}

function overlaps({ positions: a }: InvocableStep, { positions: b }: InvocableStep): boolean {
  return a === null || b === null || (a.first <= b.last && b.first <= a.last);
}

interface Range {
  readonly first: number;
  readonly last: number;
}

/** The row of partitions of this step's asset that begins with it. */
function rowFrom({ asset, positions }: InvocableStep, steps: readonly InvocableStep[]): Range {
  const { first } = positions as Range;
  let last = first - 1;
  for (const range of rangesOf(asset, steps)) if (range.first === last + 1) last = range.last;
  return { first, last };
}

/** Whoever makes only some of them comes in an invocation of its own. */
function assetsThatCover({ first, last }: Range, steps: readonly InvocableStep[]): Set<AssetKey> {
  const assets = new Set(steps.map(it => it.asset));
  return new Set(
    [...assets].filter(asset => {
      let next = first;
      for (const range of rangesOf(asset, steps)) if (range.first === next) next = range.last + 1;
      return next === last + 1;
    }),
  );
}

function rangesOf(asset: AssetKey, steps: readonly InvocableStep[]): Range[] {
  return steps
    .filter(it => it.asset === asset)
    .flatMap(it => it.positions ?? [])
    .sort((a, b) => a.first - b.first);
}

function isWithin({ positions }: InvocableStep, { first, last }: Range): boolean {
  return positions !== null && positions.first >= first && positions.last <= last;
}
