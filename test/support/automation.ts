import type { AssetKey } from "../../src/model/assetKey.ts";
import type { Condition } from "../../src/model/condition.ts";
import type { AutomationFacts } from "../../src/model/conditionFacts.ts";
import {
  type Automation,
  type AutomationOptions,
  prepareAutomation,
} from "../../src/model/conditionGraph.ts";
import type { ConditionMemory } from "../../src/model/conditionMemory.ts";
import { type ConditionTick, evaluateConditions } from "../../src/model/conditionTick.ts";
import { defineTimePartitions } from "../../src/model/defineTimePartitions.ts";
import { indexesOf } from "../../src/model/partitionSet.ts";
import type { PartitionsDefinition } from "../../src/model/partitionsDefinition.ts";
import { automationHistory, type HistoryEvent } from "../../src/model/simulateHistory.ts";
import { graphOf } from "./graphs.ts";

type Cut = Record<string, PartitionsDefinition>;

/** Conditions over a drawn graph (see `graphOf`), with how its assets are cut. */
export function automationOf(
  drawing: string,
  conditions: Record<string, Condition>,
  cut: Cut = {},
  options: AutomationOptions = {},
): Automation {
  const facts = Object.fromEntries(
    Object.entries(cut).map(([key, definition]) => [key, { partitionsDefinition: definition }]),
  );
  const entries = Object.entries(conditions) as [AssetKey, Condition][];
  return prepareAutomation(graphOf(drawing, facts), new Map(entries), options);
}

/** A daemon in miniature: what happens, and what its ticks come to. */
export class Ticker {
  automation: Automation;
  memory: ReadonlyMap<AssetKey, ConditionMemory> = new Map();
  readonly #history: ReturnType<typeof automationHistory>;
  now: number;

  constructor(automation: Automation, start = "2026-02-03T00:10Z", keys: Record<string, string[]> = {}) {
    this.automation = automation;
    this.#history = automationHistory(automation, keys);
    this.now = Date.parse(start);
  }

  add(event: HistoryEvent extends infer E ? (E extends unknown ? Omit<E, "at"> : never) : never): void {
    this.#history.add({ ...event, at: this.now } as HistoryEvent);
  }

  materialize(asset: string, ...partitions: string[]): void {
    this.add({
      kind: "materialized",
      asset: asset as AssetKey,
      partitions: partitions.length === 0 ? null : partitions,
    });
  }

  /** Looks at all conditions, half a minute later or at an instant. */
  tick(at?: string, change: (facts: AutomationFacts) => AutomationFacts = it => it): ConditionTick {
    this.now = at === undefined ? this.now + 30_000 : Date.parse(at);
    const facts = change(this.#history.factsAt(this.now));
    const tick = evaluateConditions(this.automation, facts, this.memory, this.now);
    this.memory = new Map(JSON.parse(JSON.stringify([...tick.memory])) as [AssetKey, ConditionMemory][]);
    return tick;
  }

  /** What a tick requests, in words: "b 2026-02-02, c". */
  requested(at?: string): string {
    return requestsOf(this.tick(at), this.automation);
  }
}

export function requestsOf(tick: ConditionTick, automation: Automation): string {
  return [...tick.requested]
    .flatMap(([key, set]) => {
      if ((automation.assetOf(key)?.partitions ?? null) === null) return [key];
      return [...indexesOf(set)].map(index => `${key} ${tick.partitionsOf(key).keyAt(index)}`);
    })
    .join(", ");
}

export const daily = timeDefinition("daily");
export const hourly = timeDefinition("hourly");

function timeDefinition(kind: "daily" | "hourly", start = "2026-02-01"): PartitionsDefinition {
  const defined = defineTimePartitions(kind, { start });
  if ("faults" in defined) throw new RangeError(JSON.stringify(defined.faults));
  return defined.definition;
}
