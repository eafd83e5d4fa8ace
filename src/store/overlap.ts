/**
 * The claims of other runs on slices that this run writes, as a query: `run` and `environment` are expressions.
 * A claim without positions owns the whole asset; positions of different definitions cannot be compared.
 */
export function overlaps(run: string, environment: string): string {
  return `select claim.run_id, claim.asset
    from millrace.step as wanted join millrace.slice_claim as claim using (asset)
    where wanted.run_id = ${run} and claim.environment = ${environment} and claim.run_id <> ${run}
      and (claim.positions is null or wanted.positions is null
        or claim.definition <> wanted.definition or claim.positions && wanted.positions)`;
}
