import type { AssetKey } from "../../src/model/assetKey.ts";
import type { AutomationFacts } from "../../src/model/conditionFacts.ts";
import type { Automation } from "../../src/model/conditionGraph.ts";
import { intersection, setOfIndexes } from "../../src/model/partitionSet.ts";
import {
  allPartitions,
  type Partitioning,
  type PartitionsMoment,
  partitionsAt,
} from "../../src/model/partitions.ts";

/**
 * How the other program keeps its records, where ours say more: an asset without partitions is judged by the run
 * that planned it last, whatever came by other ways; a partition is done once anybody made it; and of all partitions
 * only the one that was materialized last is known to have been made together with another asset.
 */
export class OracleRecords {
  readonly #automation: Automation;
  #sequence = 0;
  readonly #runs = new Map<
    string,
    { assets: readonly AssetKey[]; state: "running" | "succeeded" | "failed" }
  >();
  readonly #plans = new Map<AssetKey, Map<string, { run: string; at: number }>>();
  readonly #made = new Map<AssetKey, Map<string, { run: string | null; at: number }>>();
  readonly #lastMade = new Map<AssetKey, { partition: string; run: string | null }>();
  readonly #failed = new Map<AssetKey, Set<string>>();

  constructor(automation: Automation) {
    this.#automation = automation;
  }

  plan(run: string, assets: readonly AssetKey[], partition: string | null): void {
    this.#runs.set(run, { assets, state: "running" });
    for (const asset of assets) {
      const plans = this.#plans.get(asset) ?? new Map<string, { run: string; at: number }>();
      this.#plans.set(asset, plans.set(partition ?? "*", { run, at: ++this.#sequence }));
    }
  }

  end(run: string, succeeded: boolean): void {
    const known = this.#runs.get(run);
    if (known !== undefined) known.state = succeeded ? "succeeded" : "failed";
  }

  materialize(asset: AssetKey, partition: string | null, run: string | null): void {
    const made = this.#made.get(asset) ?? new Map<string, { run: string | null; at: number }>();
    this.#made.set(asset, made.set(partition ?? "*", { run, at: ++this.#sequence }));
    this.#lastMade.set(asset, { partition: partition ?? "*", run });
    this.#failed.get(asset)?.delete(partition ?? "*");
  }

  as(facts: AutomationFacts, now: number): AutomationFacts {
    const moment: PartitionsMoment = { now, dynamicKeys: name => facts.dynamicKeys(name) };
    for (const asset of this.#plans.keys()) this.#learnFailures(asset);
    const setIn = (asset: AssetKey, keys: readonly string[]) => {
      const partitions: Partitioning = partitionsAt(
        this.#automation.assetOf(asset)?.partitions ?? null,
        moment,
      );
      const indexes = keys.map(key => partitions.indexOf(key)).filter(it => it !== null);
      return intersection(setOfIndexes(indexes), allPartitions(partitions));
    };
    return {
      ...facts,
      inProgress: asset => setIn(asset, this.#plannedBy(asset, "running")),
      failed: asset => setIn(asset, [...(this.#failed.get(asset) ?? [])]),
      madeTogether: (asset, other) => {
        const { partition = "*", run = null } = this.#lastMade.get(asset) ?? {};
        const isTogether = run !== null && this.#runs.get(run)?.assets.includes(other);
        return setIn(asset, isTogether ? [partition] : []);
      },
    };
  }

  /** What a run in this state planned last and has not made. */
  #plannedBy(asset: AssetKey, state: "running" | "failed"): string[] {
    return [...(this.#plans.get(asset) ?? [])]
      .filter(([key, plan]) => {
        const made = this.#made.get(asset)?.get(key);
        const isMade = key === "*" ? made?.run === plan.run : made !== undefined && made.at > plan.at;
        return this.#runs.get(plan.run)?.state === state && !isMade;
      })
      .map(([key]) => key);
  }

  #learnFailures(asset: AssetKey): void {
    const failed = this.#plannedBy(asset, "failed");
    const known = this.#plans.get(asset)?.has("*") ? [] : (this.#failed.get(asset) ?? []);
    this.#failed.set(asset, new Set([...known, ...failed]));
  }
}
