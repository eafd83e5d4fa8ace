import type { CheckAnswer, CheckResult, RowsCheck } from "./check.ts";
import type { StagedOutput } from "./ioManager.ts";
import type { Row } from "./row.ts";
import { isStepCanceled, messageOf } from "./stepErrors.ts";
import type { UserCode } from "./userCode.ts";

/** How checks with user code ended, and what those that threw have thrown, by the check's name. */
export interface RowsCheckResults {
  readonly results: CheckResult[];
  readonly causes: ReadonlyMap<string, unknown>;
}

/** Runs checks with user code over what is staged or stored, one after the other. */
export async function runRowsChecks(
  checks: readonly RowsCheck[],
  staged: Pick<StagedOutput, "read">,
  userCode: UserCode,
): Promise<RowsCheckResults> {
  const results: CheckResult[] = [];
  const causes = new Map<string, unknown>();
  for (const check of checks) {
    const reading = new Reading(userCode.iterate(staged.read()));
    try {
      results.push(resultOf(check, await userCode.run(() => check.rows(reading.rows))));
    } catch (error) {
      if (isStepCanceled(error)) throw error;
      if (reading.failure) throw reading.failure.error;
      results.push(resultOf(check, messageOf(error)));
      causes.set(check.name, error);
    }
  }
  return { results, causes };
}

/** Remembers when reading itself failed: that says nothing about the rows, and fails the step. */
class Reading {
  readonly rows: AsyncIterable<Row>;
  failure: { error: unknown } | null = null;

  constructor(rows: AsyncIterable<Row>) {
    this.rows = this.#read(rows);
  }

  async *#read(rows: AsyncIterable<Row>): AsyncIterable<Row> {
    try {
      yield* rows;
    } catch (error) {
      this.failure = { error };
      throw error;
    }
  }
}

function resultOf({ name, blocking, severity }: RowsCheck, answer: CheckAnswer): CheckResult {
  const given = typeof answer === "object" ? answer : { passed: (answer ?? true) === true };
  return {
    name,
    blocking,
    severity,
    passed: given.passed,
    failedRows: given.failedRows ?? null,
    message: typeof answer === "string" ? answer : (given.message ?? null),
  };
}
