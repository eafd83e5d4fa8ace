import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AssetEdge, AssetGraph } from "../../src/model/assetGraph.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";
import type { PartitionMapping } from "../../src/model/partitionMapping.ts";
import { contains, indexesOf, setOfRange } from "../../src/model/partitionSet.ts";
import { type Partitioning, partitionsAt } from "../../src/model/partitions.ts";
import type { PartitionsDefinition } from "../../src/model/partitionsDefinition.ts";
import type { RecordedVersions } from "../../src/model/recordedVersions.ts";
import { judgeStaleness } from "../../src/model/staleness.ts";
import { describeStaleness, explainStaleness, stalenessPath } from "../../src/model/stalenessPath.ts";
import { upstreamNeeds } from "../../src/model/upstreamNeeds.ts";
import { graphOf, keysOf } from "../support/graphs.ts";
import { aTimeDefinition } from "../support/partitionsArbitrary.ts";

/** One materialized partition: when its data changed, what it saw, and by which code and inputs it was made. */
interface Made {
  changed: number;
  watermark: number;
  settled: number;
  codeVersion: string | null;
  inputs: AssetKey[];
  /** Its version was in force before, from one number up to another. */
  former: { since: number; until: number } | null;
}

const now = Date.parse("2024-03-01T00:17:00Z");
const names = keysOf("a b c d");

describe("staleness", () => {
  test("is what asking each partition for each that it needs finds", () => {
    fc.assert(
      fc.property(aQuestion, ({ graph, made, definitions }) => {
        const partitions = new Map(
          names.map((key, at) => [key, partitionsAt(definitions[at] ?? null, { now })]),
        );
        const recorded = new Map(names.map(key => [key, recordedOf(made, key)]));
        const judged = judgeStaleness({ graph, partitions, recorded });
        const isStale = askEach(graph, partitions, made);
        for (const key of names) {
          const { count } = partitions.get(key) as Partitioning;
          for (let at = 0; at < count; at++) {
            const ours = judged.get(key);
            expect([key, at, contains(ours?.stale ?? setOfRange(0, 0), at)]).toEqual([
              key,
              at,
              isStale(key, at),
            ]);
            const path = stalenessPath(judged, key, at);
            expect(path.length > 0).toBe(isStale(key, at));
            // The way leads over what is stale to something that is not stale by way of another.
            expect(path.slice(0, -1).every(it => it.kind === "stale")).toBe(true);
            expect(path.at(-1)?.kind).not.toBe("stale");
          }
        }
      }),
      { numRuns: 600 },
    );
  });

  test("says in words what is to be made anew, and where", () => {
    const graph = graphOf("raw → clean → report → page", {
      clean: { codeVersion: "2" },
      report: { codeVersion: "1" },
    });
    const one = (codeVersion: string | null, inputs: string, changed: number, watermark: number) => ({
      groups: [
        {
          codeVersion,
          inputs: inputs === "" ? [] : keysOf(inputs),
          positions: [0],
          changed: [changed],
          watermarks: [watermark],
        },
      ],
      returned: new Map(),
    });
    const judged = judgeStaleness({
      graph,
      partitions: new Map(keysOf("raw clean report page").map(key => [key, partitionsAt(null, { now })])),
      recorded: new Map<AssetKey, RecordedVersions>([
        ["raw" as AssetKey, one(null, "", 9, Number.NaN)],
        ["clean" as AssetKey, one("1", "raw", 2, 1)],
        ["report" as AssetKey, one("1", "clean", 3, 2)],
        ["page" as AssetKey, one(null, "report old", 4, 3)],
      ]),
    });
    const words = (key: string) => describeStaleness(stalenessPath(judged, key as AssetKey, 0));
    expect(words("raw")).toBeNull();
    expect(words("clean")).toBe("made by code version 1, which is now 2");
    expect(words("report")).toBe("clean is stale: made by code version 1, which is now 2");
    expect(words("page")).toBe("it no longer needs old");
    expect(explainStaleness(stalenessPath(judged, "report" as AssetKey, 0))).toEqual([
      "report: clean is stale",
      "clean: made by code version 1, which is now 2",
    ]);
  });

  test("runs along an asset that needs itself, however long it is", () => {
    const count = 50_000;
    const self = "total" as AssetKey;
    const minutes = partitionsAt(
      {
        kind: "cron",
        cron: "* * * * *",
        start: "2024-01-01T00:00",
        end: null,
        timezone: "UTC",
        keyFormat: "%Y-%m-%d-%H:%M",
        endOffset: 0,
        exclusions: [],
      },
      { now },
    );
    const graph = graphOf("raw → total");
    const edge: AssetEdge = {
      from: self,
      to: self,
      kind: "input",
      mapping: { kind: "timeWindow", startOffset: -1, endOffset: -1, allowNonexistent: true },
    };
    const positions = Array.from({ length: count }, (_, at) => at);
    const made = (changed: (at: number) => number, inputs: string) => ({
      groups: [
        {
          codeVersion: null,
          inputs: inputs === "" ? [] : keysOf(inputs),
          positions,
          changed: positions.map(changed),
          watermarks: positions.map(at => at),
        },
      ],
      returned: new Map(),
    });
    const judged = judgeStaleness({
      graph: { ...graph, edges: [...graph.edges, edge] },
      partitions: new Map([
        ["raw" as AssetKey, minutes],
        [self, minutes],
      ]),
      recorded: new Map([
        ["raw" as AssetKey, made(at => (at === 3 ? 1e6 : 0), "")],
        [self, made(at => at, "raw total")],
      ]),
    });
    expect(judged.get(self)?.stale.ranges).toEqual([{ from: 3, to: count }]);
    const lines = explainStaleness(stalenessPath(judged, self, count - 1));
    expect(lines.length).toBe(2);
    expect(lines[1]).toBe("total 2024-01-01-00:03: raw 2024-01-01-00:03 is newer");
  });
});

/** The rules of semantics 1.8, one pair of partitions after the other. */
function askEach(
  graph: AssetGraph,
  partitions: ReadonlyMap<AssetKey, Partitioning>,
  made: ReadonlyMap<string, Made>,
) {
  const known = new Map<string, boolean>();
  return function isStale(key: AssetKey, at: number): boolean {
    const name = `${key} ${at}`;
    const before = known.get(name);
    if (before !== undefined) return before;
    known.set(name, false);
    const answer = judge(key, at);
    known.set(name, answer);
    return answer;

    function judge(asset: AssetKey, position: number): boolean {
      const it = made.get(`${asset} ${position}`);
      if (!it) return false;
      const { codeVersion = null } = graph.assets.find(node => node.key === asset) ?? {};
      if (codeVersion !== null && codeVersion !== it.codeVersion) return true;
      const edges = graph.edges.filter(edge => edge.to === asset);
      if (edges.some(edge => !it.inputs.includes(edge.from))) return true;
      if (it.inputs.some(input => !edges.some(edge => edge.from === input))) return true;
      const upstream = edges.flatMap(({ from, mapping = null }) => {
        const needs = upstreamNeeds(
          mapping,
          partitions.get(from) as Partitioning,
          partitions.get(asset) as Partitioning,
          setOfRange(position, position + 1),
        );
        return "fault" in needs ? [] : [...indexesOf(needs.partitions)].map(index => [from, index] as const);
      });
      return upstream.some(([from, index]) => {
        const other = made.get(`${from} ${index}`);
        const isBack = other?.former && other.former.since <= it.watermark && other.former.until > it.settled;
        return (other && other.changed > it.watermark && !isBack) || isStale(from, index);
      });
    }
  };
}

function recordedOf(made: ReadonlyMap<string, Made>, key: AssetKey): RecordedVersions {
  const all = [...made].filter(([name]) => name.startsWith(`${key} `));
  return {
    groups: all.map(([name, { codeVersion, inputs, changed, watermark, settled }]) => ({
      codeVersion,
      inputs,
      positions: [Number(name.split(" ")[1])],
      changed: [changed],
      watermarks: [watermark],
      settled: [settled],
    })),
    returned: new Map(
      all.flatMap(([name, { former }]) => (former ? [[Number(name.split(" ")[1]), [former]] as const] : [])),
    ),
  };
}

const aDefinition: fc.Arbitrary<PartitionsDefinition | null> = fc.oneof(
  fc.constant(null),
  fc.constant({ kind: "static" as const, keys: ["x", "y", "z"] }),
  fc.constant({ kind: "static" as const, keys: ["y", "x"] }),
  aTimeDefinition.filter(it => it.cron !== "*/15 * * * *" && it.kind !== "hourly"),
);

const aMapping: fc.Arbitrary<PartitionMapping | null> = fc.oneof(
  { weight: 3, arbitrary: fc.constant(null) },
  fc.constantFrom({ kind: "all" as const }, { kind: "last" as const }, { kind: "identity" as const }),
  fc.record({
    kind: fc.constant("timeWindow" as const),
    startOffset: fc.integer({ min: -6, max: 0 }),
    endOffset: fc.integer({ min: -2, max: 1 }),
    allowNonexistent: fc.constant(true),
  }),
  fc.constant({ kind: "static" as const, map: { x: ["y"], y: ["x", "y"] } }),
);

/** A few assets with what is made of their first partitions; the same definitions are often met on both sides. */
const aQuestion = fc
  .record({
    pool: fc.array(aDefinition, { minLength: 2, maxLength: 2 }),
    picks: fc.array(fc.nat(1), { minLength: 4, maxLength: 4 }),
    edges: fc.array(fc.record({ from: fc.nat(2), to: fc.nat(3), mapping: aMapping }), {
      minLength: 1,
      maxLength: 4,
    }),
    codeVersions: fc.array(fc.constantFrom(null, "1", "1"), { minLength: 4, maxLength: 4 }),
    making: fc.array(
      fc.record({
        asset: fc.nat(3),
        at: fc.nat(8),
        changed: fc.nat(5),
        watermark: fc.integer({ min: 1, max: 5 }),
        late: fc.nat(2),
        codeVersion: fc.constantFrom(null, ...Array(9).fill("1")),
        forgets: fc.constantFrom(true, ...Array(12).fill(false)),
        former: fc.option(fc.record({ since: fc.nat(3), until: fc.nat(7) })),
      }),
      { minLength: 12, maxLength: 50 },
    ),
  })
  .map(({ pool, picks, edges, codeVersions, making }) => {
    const definitions = picks.map(at => pool[at] ?? null);
    const graph: AssetGraph = {
      assets: graphOf("a\nb\nc\nd").assets.map((node, at) => ({
        ...node,
        codeVersion: codeVersions[at] ?? null,
      })),
      edges: edges
        .filter(({ from, to }) => from < to)
        .map(({ from, to, mapping }) => ({
          from: names[from] as AssetKey,
          to: names[to] as AssetKey,
          kind: "input" as const,
          mapping,
        })),
    };
    const made = new Map<string, Made>();
    for (const { asset, at, late, forgets, ...it } of making) {
      const key = names[asset] as AssetKey;
      const { count } = partitionsAt(definitions[asset] ?? null, { now });
      if (count === 0) continue;
      const inputs = [...new Set(graph.edges.filter(edge => edge.to === key).map(edge => edge.from))];
      made.set(`${key} ${at % count}`, {
        ...it,
        settled: it.watermark + late,
        inputs: forgets ? inputs.slice(1) : inputs,
      });
    }
    return { graph, made, definitions };
  });
