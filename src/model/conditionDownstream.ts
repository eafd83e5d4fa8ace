import type { AssetKey } from "./assetKey.ts";
import { type Condition, partsOf, withParts } from "./condition.ts";
import { saysOf } from "./conditionIdentity.ts";

/** The condition of an asset, with what `anyDownstream` stands for in its place. */
export function expandDownstream(
  key: AssetKey,
  conditions: ReadonlyMap<AssetKey, Condition>,
  children: ReadonlyMap<AssetKey, readonly AssetKey[]>,
): Condition {
  let below: readonly Condition[] | null = null;
  const own = conditions.get(key);
  if (own === undefined) return { kind: "or", of: [] };
  return asksDownstream(own) ? expand(own, new Set()) : own;

  function expand(condition: Condition, above: ReadonlySet<string>): Condition {
    const hierarchy = new Set(above).add(saysOf(condition));
    if (condition.kind === "anyDownstream") {
      below ??= conditionsBelow(key, conditions, children);
      // What is asked already further up would ask itself without end.
      const asked = below.filter(it => !hierarchy.has(saysOf(it)));
      const label = condition.label ?? "any condition downstream";
      return { kind: "or", label, of: asked.map(it => expand(it, hierarchy)) };
    }
    const parts = partsOf(condition);
    const expanded = parts.map(it => expand(it, hierarchy));
    return expanded.every((it, i) => it === parts[i]) ? condition : withParts(condition, expanded);
  }
}

function asksDownstream(condition: Condition): boolean {
  return condition.kind === "anyDownstream" || partsOf(condition).some(asksDownstream);
}

/** The different conditions of everything downstream, without what they say about their own downstream. */
function conditionsBelow(
  key: AssetKey,
  conditions: ReadonlyMap<AssetKey, Condition>,
  children: ReadonlyMap<AssetKey, readonly AssetKey[]>,
): Condition[] {
  const found = new Map<string, Condition>();
  const seen = new Set<AssetKey>([key]);
  const queue = [key];
  for (const at of queue) {
    for (const child of children.get(at) ?? []) {
      if (seen.has(child)) continue;
      seen.add(child);
      queue.push(child);
      const condition = conditions.get(child);
      const plain = condition === undefined ? null : withoutDownstream(condition);
      if (plain !== null) found.set(saysOf(plain), plain);
    }
  }
  return [...found.values()];
}

/** `anyDownstream` counts as never true here: what it stands for is further downstream, and asked by itself. */
function withoutDownstream(condition: Condition): Condition | null {
  if (condition.kind === "anyDownstream") return null;
  if (condition.kind !== "and" && condition.kind !== "or") return condition;
  const parts = condition.of.map(withoutDownstream);
  const kept = parts.filter(it => it !== null);
  if (kept.length === parts.length) return condition;
  if (condition.kind === "and" || kept.length === 0) return null;
  return { ...condition, of: kept };
}
