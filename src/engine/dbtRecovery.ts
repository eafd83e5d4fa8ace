import { hostname } from "node:os";
import type { DbtNodeResult } from "../dbt/dbt.ts";
import { type RunResults, readRunResults } from "../dbt/nodeResult.ts";
import { endedProcess, hasBegun } from "../dbt/process.ts";
import type { RunError } from "../model/run.ts";
import { findDbtProject, readRootSettings } from "../scan/dbtProject.ts";
import type { Database } from "../store/database.ts";
import {
  type DbtInvocation,
  type DbtInvocationStep,
  type FoundEnd,
  openInvocations,
} from "../store/dbtInvocations.ts";
import { stepStatus } from "../store/steps.ts";
import { checkOf, failuresInWords, isBlockingFailure } from "./dbtTests.ts";

/** dbt cancels its queries within this time; a process of ours ends by itself when its engine is gone. */
const patienceMs = 10_000;

/**
 * What became of the steps that an engine had asked dbt to make when it died: dbt's own account says so. What the
 * account does not tell is unknown, and never repeated by itself. What dbt never began is left out.
 */
export async function findDbtEnds(
  database: Database,
  root: string,
  runId: string,
): Promise<Map<string, FoundEnd>> {
  const ends = new Map<string, FoundEnd>();
  for (const invocation of await openInvocations(database, runId)) {
    const { host, folder, steps } = invocation;
    const isHere = host === hostname();
    if (isHere && !hasBegun(folder)) continue;
    const account = isHere ? await accountIn(root, folder) : null;
    for (const step of steps) {
      const result = account?.results.find(it => it.uniqueId === step.uniqueId);
      if (account && result) ends.set(step.step, endOf(step, result, invocation, account));
      else if (account === null || (await stepStatus(database, step.step)) === "running") {
        ends.set(step.step, unknownEnd(isHere ? null : invocation));
      }
    }
  }
  return ends;
}

async function accountIn(root: string, folder: string): Promise<RunResults | null> {
  await endedProcess(folder, patienceMs);
  const { project } = await findDbtProject(root, await readRootSettings(root));
  return await readRunResults(folder, { root, project: project?.folder ?? root, folder });
}

function endOf(
  step: DbtInvocationStep,
  result: DbtNodeResult,
  { since }: DbtInvocation,
  account: RunResults,
): FoundEnd {
  if (result.status === "skipped") return { status: "skipped", error: problem("dbt skipped it") };
  if (result.status !== "succeeded" && result.status !== "nothing") {
    return { status: "failed", error: result.error ?? problem(result.message ?? "dbt failed at it.") };
  }
  const { rows, durationMs, uniqueId } = result;
  const metadata = { dbt: { invocationId: account.invocationId, uniqueId } };
  const tests = new Map(account.results.map(it => [it.uniqueId, it]));
  const checks = step.tests.flatMap(test => {
    const said = tests.get(test.uniqueId);
    return (said && checkOf(test, said)) ?? [];
  });
  const failed = checks.filter(isBlockingFailure);
  const untold = step.tests.filter(it => it.kind === "data" && !tests.has(it.uniqueId));
  const error =
    failed.length > 0
      ? problem(failuresInWords(failed))
      : untold.length > 0
        ? problem(`dbt built it, but was stopped before ${untold[0]?.name}. Materialize it again to test it.`)
        : null;
  const made = { ...step, since, rows, durationMs, metadata };
  return { status: error === null ? "succeeded" : "failed", made, checks, error };
}

function unknownEnd(elsewhere: DbtInvocation | null): FoundEnd {
  const where = elsewhere
    ? `dbt's account lies on ${elsewhere.host}, in ${elsewhere.folder}`
    : "dbt's account does not tell whether it was finished";
  const message = `The engine stopped answering while dbt was at work on this, and ${where}. Look at its table, and materialize it again.`;
  return { status: "unknown", error: problem(message) };
}

function problem(message: string): RunError {
  return { message, file: null, line: null, column: null, stack: null };
}
