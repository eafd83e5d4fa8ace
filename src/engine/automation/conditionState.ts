import type { ScannedGraph } from "../../model/assetGraph.ts";
import type { AssetKey } from "../../model/assetKey.ts";
import type { Condition } from "../../model/condition.ts";
import { type Automation, prepareAutomation } from "../../model/conditionGraph.ts";
import type { ConditionMemory } from "../../model/conditionMemory.ts";
import { type KnownMaterialized, materializedAtLook } from "../../store/conditionMaterialized.ts";
import {
  type ConditionLook,
  conditionMemories,
  lastConditionLook,
  type StoredMemory,
} from "../../store/conditionMemories.ts";
import { conditionsOff } from "../../store/conditionSwitches.ts";
import type { Sql } from "../../store/database.ts";
import { momentAt } from "../moment.ts";
import { type ConditionFacts, readConditionFacts } from "./conditionFacts.ts";

/** What an engine knows from its last look, so that the next one asks for what is new only. */
export interface ConditionCache {
  readonly automation: Automation;
  /** What `automation` was made for. */
  readonly name: string;
  readonly look: ConditionLook | null;
  readonly memories: ReadonlyMap<AssetKey, StoredMemory>;
  readonly materialized: ReadonlyMap<AssetKey, KnownMaterialized>;
}

/** Everything that a look at conditions is decided by. */
export interface ConditionState {
  readonly automation: Automation;
  readonly name: string;
  readonly facts: ConditionFacts;
  readonly look: ConditionLook | null;
  readonly stored: ReadonlyMap<AssetKey, StoredMemory>;
  /** What was materialized at the look before, as far as that is known. */
  readonly kept: ReadonlyMap<AssetKey, KnownMaterialized>;
  readonly memory: ReadonlyMap<AssetKey, ConditionMemory>;
  /** The instant of the look: never before that of the look before, for a clock that was set back. */
  readonly now: number;
}

/** Reads it as it is at one moment. A condition that is off is as if there were none. */
export async function readConditionState(
  sql: Sql,
  question: {
    readonly environment: string;
    readonly graph: ScannedGraph;
    readonly digest: string;
    readonly now: number;
    readonly cache: ConditionCache | null;
    /** What the conditions of some assets would be, instead of what they are. */
    readonly instead?: ReadonlyMap<AssetKey, Condition>;
  },
): Promise<ConditionState> {
  const { environment, graph, digest, cache } = question;
  await sql.query("set transaction isolation level repeatable read, read only");
  const off = new Set(await conditionsOff(sql, environment));
  const look = cache?.look ?? (await lastConditionLook(sql, environment));
  const stored = cache?.memories ?? (await conditionMemories(sql, environment));
  const name = JSON.stringify([digest, ...off]);
  const automation =
    cache?.name === name
      ? cache.automation
      : prepareAutomation(graph, conditionsOf(graph, off, question.instead));
  const now = notBefore(question.now, look);
  const moment = await momentAt(sql, environment, graph, now);
  const kept = cache?.materialized ?? (await materializedAtLook(sql, environment));
  const facts = await readConditionFacts(sql, { environment, graph, automation, moment, before: look, kept });
  const memory = new Map<AssetKey, ConditionMemory>();
  for (const key of look === null ? [] : automation.order) {
    const it = stored.get(key);
    if (it === undefined || look === null) continue;
    const { requested, targets } = it;
    memory.set(key, { requested, targets, evaluatedAt: look.evaluatedAt, watermark: look.number });
  }
  return { automation, name, facts, look, stored, kept, memory, now };
}

/** The conditions that count, by their assets. */
export function conditionsOf(
  { assets }: ScannedGraph,
  off: ReadonlySet<AssetKey>,
  instead: ReadonlyMap<AssetKey, Condition> = new Map(),
): Map<AssetKey, Condition> {
  const conditions = new Map<AssetKey, Condition>();
  for (const { key, condition } of assets) {
    const counts = instead.get(key) ?? condition;
    if (counts && !off.has(key)) conditions.set(key, counts);
  }
  return conditions;
}

/** A clock that is set back waits until time has caught up; one that was far ahead by mistake is not waited for. */
function notBefore(now: number, look: ConditionLook | null): number {
  if (look === null || look.evaluatedAt <= now) return now;
  return look.evaluatedAt - now < longestWait ? look.evaluatedAt : now;
}

const longestWait = 24 * 3600 * 1000;
