import { randomUUID } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { DbtNodeResult, DbtOutcome } from "../dbt/dbt.ts";
import type { DbtProject } from "../scan/dbtProject.ts";
import type { DbtSession } from "./dbtSession.ts";
import { together } from "./together.ts";

/** Lets dbt run tests on what is stored, and nothing else. */
export interface DbtTestRuns {
  /** Rejects with what is wrong and what to do about it when there is no dbt. */
  run(order: DbtTestOrder): Promise<DbtOutcome>;
  /** The same of one source: who asks while it is tested shares the next invocation, however many ask. */
  runShared(source: string, order: DbtTestOrder): Promise<DbtOutcome>;
  /** What came of the tests that had not passed yet with what dbt has read of its project, by this name. */
  runUntilPassed(reading: object, order: DbtTestOrder): Promise<readonly DbtNodeResult[]>;
  hasPassed(reading: object, test: string): boolean;
}

export interface DbtTestOrder {
  readonly project: DbtProject;
  /** Unique ids. */
  readonly tests: readonly string[];
  /** Those of the configuration unless others are said. */
  readonly flags?: readonly string[];
  readonly signal: AbortSignal;
}

export function createDbtTestRuns(
  session: DbtSession,
  configured: (project: DbtProject) => readonly string[],
): DbtTestRuns {
  const shared = new Map<string, (order: DbtTestOrder) => Promise<DbtOutcome>>();
  const passed = new WeakMap<object, Set<string>>();
  const hasPassed = (reading: object, test: string) => passed.get(reading)?.has(test) ?? false;
  return {
    run,
    runShared(source, order) {
      const name = `${order.project.folder}\n${source}`;
      const ask = shared.get(name) ?? together(mostShared, runTogether);
      shared.set(name, ask);
      return ask(order);
    },
    async runUntilPassed(reading, order) {
      const tests = order.tests.filter(it => !hasPassed(reading, it));
      if (tests.length === 0) return [];
      const { results } = await run({ ...order, tests });
      const known = passed.get(reading) ?? new Set();
      passed.set(reading, known);
      for (const { uniqueId, status } of results) if (status === "passed") known.add(uniqueId);
      return results;
    },
    hasPassed,
  };

  async function run({
    project,
    tests,
    flags = configured(project),
    signal,
  }: DbtTestOrder): Promise<DbtOutcome> {
    const { dbt, place } = await session.open(project);
    const folder = join(place.cache, "runs", randomUUID());
    await mkdir(folder, { recursive: true });
    return dbt.run({
      ...place,
      ...{ command: "test", select: [...new Set(tests)], fullRefresh: false, window: null },
      ...{ folder, threads: null, flags, signal, onEvent: () => {} },
    });
  }

  /** It is canceled when nobody waits for it any more. */
  async function runTogether(orders: readonly DbtTestOrder[]): Promise<DbtOutcome[]> {
    const canceled = new AbortController();
    const leave = () => {
      if (orders.every(it => it.signal.aborted)) canceled.abort();
    };
    for (const { signal } of orders) signal.addEventListener("abort", leave, { once: true });
    leave();
    try {
      const [{ project }] = orders as [DbtTestOrder];
      const tests = orders.flatMap(it => it.tests);
      const outcome = await run({ project, tests, signal: canceled.signal });
      return orders.map(() => outcome);
    } finally {
      for (const { signal } of orders) signal.removeEventListener("abort", leave);
    }
  }
}

const mostShared = 10_000;
