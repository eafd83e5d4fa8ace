import type { AssetKey } from "../model/assetKey.ts";
import { blocksPublishing, type CheckResult, sqlFailed } from "./check.ts";
import { definitionPlace, placeInWords } from "./definitionPlace.ts";

/** The run was canceled; what the step was doing may have ended or was left behind. */
export class StepCanceled extends Error {
  override readonly name = "StepCanceled";
  readonly code = "ABORT_ERR";

  constructor(asset: AssetKey, options?: ErrorOptions) {
    super(`${asset} was canceled.`, options);
  }
}

/** Known by its name: another copy of the SDK may have thrown it. */
export function isStepCanceled(error: unknown): error is StepCanceled {
  return error instanceof Error && error.name === "StepCanceled";
}

/** A blocking check failed; `results` holds how all checks of the step ended that were run. */
export class CheckFailed extends Error {
  override readonly name = "CheckFailed";
  readonly check: string;
  readonly failedRows: number | null;
  readonly results: readonly CheckResult[];

  constructor(
    asset: { readonly key: AssetKey; readonly definedAt: Error },
    failed: CheckResult,
    results: readonly CheckResult[],
    { published = false, cause }: { published?: boolean; cause?: unknown } = {},
  ) {
    const place = definitionPlace(asset.definedAt);
    const where = place ? ` (${placeInWords(place)})` : "";
    const outcome = published
      ? "The data is already stored, and nothing downstream runs."
      : "Nothing was published.";
    super(
      `${asset.key}: the blocking check ${failureInWords(failed)}${where}. ${outcome} ${whatToDo(failed)}`,
      cause === undefined ? undefined : { cause },
    );
    this.check = failed.name;
    this.failedRows = failed.failedRows;
    this.results = results;
  }
}

function whatToDo({ message }: CheckResult): string {
  return message?.startsWith(sqlFailed)
    ? "Correct the SQL of the check."
    : "Repair the rows or relax the check.";
}

export function isCheckFailed(error: unknown): error is CheckFailed {
  return error instanceof Error && error.name === "CheckFailed";
}

/** Throws for the first result that keeps the asset from being published. */
export function requireBlockingChecks(
  asset: { readonly key: AssetKey; readonly definedAt: Error },
  results: readonly CheckResult[],
  details?: { published?: boolean; causes?: ReadonlyMap<string, unknown> },
): void {
  const failed = results.find(blocksPublishing);
  if (failed === undefined) return;
  throw new CheckFailed(asset, failed, results, {
    published: details?.published,
    cause: details?.causes?.get(failed.name),
  });
}

/** `"plausible" failed for 3 rows: celsius is 99`. */
export function failureInWords({ name, failedRows, message }: CheckResult): string {
  const rows = failedRows === null ? "" : ` for ${failedRows} ${failedRows === 1 ? "row" : "rows"}`;
  return `"${name}" failed${rows}${message ? `: ${message.replace(/\.$/, "")}` : ""}`;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
