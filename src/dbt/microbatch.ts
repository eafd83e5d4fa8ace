import type { DbtTrouble } from "./find.ts";

/** An older dbt takes such a model for an incremental one without a strategy, and fails in the middle of a run. */
export function microbatchTrouble(models: readonly string[], version: string | null): DbtTrouble | null {
  const [major = 0, minor = 0] = (version ?? "").split(".").map(Number);
  if (models.length === 0 || version === null || major > 1 || (major === 1 && minor >= 9)) return null;
  return {
    problem: `Microbatch models need dbt 1.9 or newer, and this is ${version}.`,
    advice: 'Update dbt ("millrace dbt setup" brings 1.11), or give them another incremental_strategy.',
  };
}
