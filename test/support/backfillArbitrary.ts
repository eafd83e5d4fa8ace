import fc from "fast-check";
import type { AssetEdge, AssetGraph, AssetNode } from "../../src/model/assetGraph.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";
import type { BackfillScope } from "../../src/model/backfill.ts";
import { defineMultiPartitions, defineStaticPartitions } from "../../src/model/definePartitions.ts";
import { defineTimePartitions } from "../../src/model/defineTimePartitions.ts";
import type { Defined } from "../../src/model/definitionFault.ts";
import type { PartitionMapping } from "../../src/model/partitionMapping.ts";
import { type PartitionSet, setOfIndexes } from "../../src/model/partitionSet.ts";
import { allPartitions, partitionsAt } from "../../src/model/partitions.ts";
import type { PartitionsDefinition } from "../../src/model/partitionsDefinition.ts";
import { resolveMapping } from "../../src/model/resolveMapping.ts";
import { graphOf } from "./graphs.ts";

export const cities: PartitionsDefinition = defined(defineStaticPartitions(["berlin", "paris", "rome"]));
export const daily: PartitionsDefinition = dailyFrom("2024-01-01");
export const hourly: PartitionsDefinition = defined(defineTimePartitions("hourly", { start: "2024-01-03" }));
export const cityDays: PartitionsDefinition = defined(defineMultiPartitions({ city: cities, day: daily }));
const definitions: readonly (PartitionsDefinition | null)[] = [
  null,
  daily,
  dailyFrom("2024-01-04"),
  defined(defineTimePartitions("hourly", { start: "2024-01-12" })),
  defined(defineTimePartitions("weekly", { start: "2023-12-31" })),
  cities,
  cityDays,
];
const now = Date.parse("2024-01-15T05:00:00Z");

interface AnAsset {
  definition: number;
  policy: number | null | undefined;
  itself: [number, number] | null;
  needs: { above: number; mapping: PartitionMapping | null }[];
  targeted: "all" | "none" | number[];
}

const aMapping: fc.Arbitrary<PartitionMapping | null> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(null) },
  fc.constant({ kind: "all" as const }),
  fc.constant({ kind: "last" as const }),
  fc.constant(window(-1, -1)),
  fc.constant(window(-2, 0)),
);

const anAsset: fc.Arbitrary<AnAsset> = fc.record({
  definition: fc.oneof({ weight: 2, arbitrary: fc.constant(1) }, fc.nat({ max: definitions.length - 1 })),
  policy: fc.constantFrom(undefined, undefined, null, 1, 2, 3),
  itself: fc.constantFrom<AnAsset["itself"][]>(null, null, null, [-1, -1], [-2, -1], [-7, -7]),
  needs: fc.array(fc.record({ above: fc.nat({ max: 5 }), mapping: aMapping }), { maxLength: 3 }),
  targeted: fc.oneof(
    { weight: 3, arbitrary: fc.constant("all" as const) },
    fc.constant("none" as const),
    fc.array(fc.nat({ max: 80 }), { maxLength: 12 }),
  ),
});

/** Some assets of all kinds of partitions, which need each other and themselves, and some targets among them. */
export const aBackfill: fc.Arbitrary<BackfillScope> = fc
  .array(anAsset, { minLength: 1, maxLength: 6 })
  .map(assets => scopeOf(assets));

export function dailyFrom(start: string): PartitionsDefinition {
  return defined(defineTimePartitions("daily", { start }));
}

/** One chain of assets, all in daily partitions, of which the first so many are targeted. */
export function dailyChain(count: number, days: number, policy: number | null | undefined): BackfillScope {
  const start = new Date(now - (days + 30) * 86_400_000).toISOString().slice(0, 10);
  const definition = dailyFrom(start);
  const names = Array.from({ length: count }, (_, i) => `asset${i}`);
  const facts = Object.fromEntries(
    names.map(name => [name, { partitionsDefinition: definition, backfillPolicy: policyOf(policy) }]),
  );
  const graph = graphOf(names.join(" → "), facts);
  const target = { ranges: [{ from: 0, to: days }], count: days };
  return { graph, now, targets: new Map(graph.assets.map(it => [it.key, target])) };
}

export function window(startOffset: number, endOffset: number): PartitionMapping {
  return { kind: "timeWindow", startOffset, endOffset, allowNonexistent: false };
}

export function policyOf(most: number | null | undefined): AssetNode["backfillPolicy"] {
  return most === undefined ? null : { maxPartitionsPerRun: most };
}

function scopeOf(assets: readonly AnAsset[]): BackfillScope {
  const keyOf = (i: number) => `asset${i}` as AssetKey;
  const definitionOf = (i: number) => definitions[assets[i]?.definition ?? 0] ?? null;
  const facts = Object.fromEntries(
    assets.map(({ definition, policy }, i) => [
      keyOf(i),
      { partitionsDefinition: definitions[definition] ?? null, backfillPolicy: policyOf(policy) },
    ]),
  );
  const edges: AssetEdge[] = [];
  const targets = new Map<AssetKey, PartitionSet>();
  for (const [i, { needs, itself, targeted }] of assets.entries()) {
    for (const above of new Set(needs.map(it => it.above).filter(it => it < i))) {
      const given = needs.find(it => it.above === above)?.mapping ?? null;
      const fits = (mapping: PartitionMapping | null) =>
        "mapping" in resolveMapping(mapping, definitionOf(above), definitionOf(i));
      const mapping = fits(given) ? given : fits(null) ? null : ({ kind: "all" } as const);
      edges.push({ from: keyOf(above), to: keyOf(i), kind: "dep", mapping });
    }
    const definition = definitionOf(i);
    if (itself !== null && definition !== null && "cron" in definition) {
      edges.push({ from: keyOf(i), to: keyOf(i), kind: "dep", mapping: window(...itself) });
    }
    const all = allPartitions(partitionsAt(definition, { now }));
    const some = typeof targeted === "string" ? [] : targeted.map(it => it % all.count);
    if (targeted !== "none") targets.set(keyOf(i), targeted === "all" ? all : setOfIndexes(some));
  }
  const graph: AssetGraph = {
    assets: graphOf(assets.map((_, i) => keyOf(i)).join("\n"), facts).assets,
    edges,
  };
  return { graph, targets, now };
}

function defined<Definition>(it: Defined<Definition>): Definition {
  if ("faults" in it) throw new Error(JSON.stringify(it.faults));
  return it.definition;
}
