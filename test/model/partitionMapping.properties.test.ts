import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  defineDynamicPartitions,
  defineMultiPartitions,
  defineStaticPartitions,
} from "../../src/model/definePartitions.ts";
import type { Defined } from "../../src/model/definitionFault.ts";
import { downstreamPartitions, upstreamPartitions } from "../../src/model/mapPartitions.ts";
import type { PartitionMapping, ResolvedMapping, SimpleMapping } from "../../src/model/partitionMapping.ts";
import { contains, setOfRange } from "../../src/model/partitionSet.ts";
import { type Partitioning, partitionsAt } from "../../src/model/partitions.ts";
import type { PartitionsDefinition, SimplePartitions } from "../../src/model/partitionsDefinition.ts";
import { resolveMapping } from "../../src/model/resolveMapping.ts";
import { zonesWithChanges } from "../support/clockChanges.ts";
import { aMoment, aTimeDefinition, timeDefinitionOf, timeKinds } from "../support/partitionsArbitrary.ts";

const cities = definition(defineStaticPartitions(["berlin", "paris", "rome", "oslo"]));
const regions = definition(defineStaticPartitions(["north", "south", "paris"]));
const dynamicKeys = () => ["c", "rome", "a", "paris"];
const customers = definition(defineDynamicPartitions("customers"));

const definitions: Record<string, fc.Arbitrary<PartitionsDefinition | null>> = {
  ...Object.fromEntries(timeKinds.map(kind => [kind, timeDefinitionOf([kind], zonesWithChanges)])),
  cities: fc.constant(cities),
  regions: fc.constant(regions),
  dynamic: fc.constant(customers),
  "two dimensions": aTimeDefinition.map(day => definition(defineMultiPartitions({ day, place: cities }))),
  "three dimensions": aTimeDefinition.map(time =>
    definition(defineMultiPartitions({ time, area: regions, place: customers })),
  ),
  none: fc.constant(null),
};
const names = Object.keys(definitions);

describe("every mapping leads there and back between any two definitions", () => {
  test.each(names)("what needs a partition of %s is what it needs", up => {
    for (const down of names) {
      const [above, below] = [definitions[up], definitions[down]] as Two<fc.Arbitrary<Side>>;
      let asked = 0;
      const property = fc.property(above, below, aMoment, fc.infiniteStream(fc.nat()), (a, b, now, luck) => {
        const [ups, downs] = [a, b].map(it => partitionsAt(it, { now, dynamicKeys })) as Two<Partitioning>;
        if (ups.count === 0 || downs.count === 0) return;
        for (const mapping of mappingsBetween(a, b, ups, luck)) {
          for (let pair = 0; pair < 4; pair++) {
            const x = pick(luck, ups.count);
            const { ranges } = downstreamPartitions(mapping, ups, downs, setOfRange(x, x + 1));
            const needing = pair % 2 === 0 ? ranges[pick(luck, ranges.length || 1)]?.from : undefined;
            expectBothWays(mapping, ups, downs, x, needing ?? pick(luck, downs.count));
            asked++;
          }
        }
      });
      fc.assert(property, { numRuns: 12 });
      expect(asked, `${up} → ${down}`).toBeGreaterThan(0);
    }
  });

  test("windows that are moved, below those of the same definition", () => {
    const offsets = fc.tuple(fc.integer({ min: -5, max: 3 }), fc.nat(3));
    const property = fc.property(
      aTimeDefinition,
      aMoment,
      offsets,
      fc.nat(),
      (it, now, [start, more], seed) => {
        const windows = partitionsAt(it, { now });
        fc.pre(windows.count > 0);
        const y = seed % windows.count;
        const mapping = { kind: "timeWindow", startOffset: start, endOffset: start + more } as const;
        for (let x = Math.max(0, y - 6); x < Math.min(windows.count, y + 8); x++) {
          expectBothWays({ ...mapping, allowNonexistent: true }, windows, windows, x, y);
        }
      },
    );
    fc.assert(property, { numRuns: 200 });
  });

  test("windows of time of every zone, below those of every other zone", () => {
    for (const above of zonesWithChanges) {
      for (const below of zonesWithChanges) {
        const property = fc.property(
          timeDefinitionOf(timeKinds, [above]),
          timeDefinitionOf(timeKinds, [below]),
          aMoment,
          fc.nat(),
          (a, b, now, seed) => {
            const [ups, downs] = [a, b].map(it => partitionsAt(it, { now })) as Two<Partitioning>;
            if (ups.count === 0 || downs.count === 0) return;
            const mapping = resolved(null, a, b) as ResolvedMapping;
            const x = seed % ups.count;
            const needing = downstreamPartitions(mapping, ups, downs, setOfRange(x, x + 1));
            const [y = seed % downs.count] = needing.ranges.map(it => it.from);
            expectBothWays(mapping, ups, downs, x, y);
          },
        );
        fc.assert(property, { numRuns: 4 });
      }
    }
  });
});

type Side = PartitionsDefinition | null;
type Two<T> = [T, T];

function expectBothWays(
  mapping: ResolvedMapping,
  ups: Partitioning,
  downs: Partitioning,
  x: number,
  y: number,
) {
  const needs = upstreamPartitions(mapping, ups, downs, setOfRange(y, y + 1)).partitions;
  const needing = downstreamPartitions(mapping, ups, downs, setOfRange(x, x + 1));
  expect(contains(needs, x), `${JSON.stringify(mapping)}: ${ups.keyAt(x)} and ${downs.keyAt(y)}`).toBe(
    contains(needing, y),
  );
}

/** Those of all kinds that fit: what goes without saying, and whatever may be said. */
function mappingsBetween(
  up: Side,
  down: Side,
  ups: Partitioning,
  luck: fc.Stream<number>,
): ResolvedMapping[] {
  const key = () => ups.keyAt(pick(luck, ups.count));
  const said: (PartitionMapping | null)[] = [
    null,
    { kind: "identity" },
    { kind: "all" },
    { kind: "last" },
    { kind: "specific", keys: [key(), key()] },
    { kind: "timeWindow", startOffset: 0, endOffset: 0, allowNonexistent: true },
    { kind: "static", map: { paris: ["north", "south"], rome: ["south", "paris"] } },
    { kind: "static", map: { north: ["paris"], south: ["rome", "oslo", "paris"] } },
  ];
  if (up?.kind === "multi") for (const { name } of up.dimensions) said.push(bySingle(name));
  if (down?.kind === "multi") for (const { name } of down.dimensions) said.push(bySingle(name));
  if (up?.kind === "multi" && down?.kind === "multi") {
    for (const above of up.dimensions) {
      for (const below of down.dimensions) {
        for (const mapping of waysOf(above.partitions)) {
          const dimensions = { [above.name]: { downstreamDimension: below.name, mapping } };
          said.push({ kind: "multi", dimensions });
        }
      }
    }
  }
  return said.map(it => resolved(it, up, down)).filter(it => it !== null);
}

function bySingle(dimension: string): PartitionMapping {
  return { kind: "multiToSingle", dimension };
}

function waysOf(upstream: SimplePartitions): (SimpleMapping | null)[] {
  const keys = upstream.kind === "static" ? upstream.keys.slice(1, 3) : [];
  return [
    null,
    { kind: "last" },
    { kind: "identity" },
    { kind: "timeWindow", startOffset: 0, endOffset: 0, allowNonexistent: true },
    ...(keys.length > 0 ? [{ kind: "specific" as const, keys }] : []),
  ];
}

function resolved(mapping: PartitionMapping | null, up: Side, down: Side): ResolvedMapping | null {
  const found = resolveMapping(mapping, up, down);
  return "mapping" in found ? found.mapping : null;
}

function pick(luck: fc.Stream<number>, count: number): number {
  return (luck.next().value as number) % count;
}

function definition<Definition>(defined: Defined<Definition>): Definition {
  return "definition" in defined ? defined.definition : expect.fail(JSON.stringify(defined.faults));
}
