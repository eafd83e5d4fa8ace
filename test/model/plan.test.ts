import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AssetKey } from "../../src/model/assetKey.ts";
import { planRun } from "../../src/model/plan.ts";
import { graphOf, keysOf } from "../support/graphs.ts";

const weather = graphOf(`
  raw_weather_data → cleaned_weather_data
  raw_weather_data → validated_readings → city_aggregates
  validated_readings → station_coverage
`);

describe("a plan runs what is selected, upstream first", () => {
  test("assets that need each other run in that order, others side by side", () => {
    const { value } = planRun(
      weather,
      keysOf("station_coverage raw_weather_data validated_readings city_aggregates"),
      none,
    );
    expect(drawn(value)).toEqual([
      "0 raw_weather_data",
      "1 validated_readings after 0",
      "2 city_aggregates after 1",
      "3 station_coverage after 1",
    ]);
  });

  test("an upstream that was materialized is loaded and not run again", () => {
    const planned = planRun(weather, keysOf("city_aggregates"), materialized("validated_readings"));
    expect(drawn(planned.value)).toEqual(["0 city_aggregates"]);
    expect(planned.problems).toEqual([]);
  });

  test("two assets keep their order when what stands between them is not selected", () => {
    const chain = graphOf("a → b → c → d");
    const { value } = planRun(chain, keysOf("d a"), materialized("c"));
    expect(drawn(value)).toEqual(["0 a", "1 d after 0"]);
  });

  test("what is deferred need not be there for a model of dbt; for TypeScript it must", () => {
    const { assets, edges } = graphOf("a → b → c");
    const ofDbt = { edges, assets: assets.map(it => ({ ...it, kind: "dbt" as const })) };
    const deferred = materialized("a", "b");
    expect(drawn(planRun(ofDbt, keysOf("c"), none, deferred).value)).toEqual(["0 c"]);
    const mixed = { edges, assets: ofDbt.assets.map((it, at) => (at === 2 ? (assets[2] ?? it) : it)) };
    expect(planRun(mixed, keysOf("c"), none, deferred).problems).toEqual([
      expect.stringContaining("c needs b, which was never materialized"),
    ]);
  });

  test("an asset named twice runs once", () => {
    expect(drawn(planRun(weather, keysOf("raw_weather_data raw_weather_data"), none).value)).toHaveLength(1);
  });

  test("an asset that reads its own earlier rows does not wait for itself", () => {
    const { value, problems } = planRun(
      graphOf("running_total → running_total"),
      keysOf("running_total"),
      none,
    );
    expect(problems).toEqual([]);
    expect(drawn(value)).toEqual(["0 running_total"]);
  });
});

describe("a plan stops before anything runs", () => {
  test("when an input was never materialized, and offers to run it too", () => {
    const planned = planRun(weather, keysOf("cleaned_weather_data"), none);
    expect(planned.value).toBeNull();
    expect(planned.problems).toEqual([
      'cleaned_weather_data needs raw_weather_data, which was never materialized. Materialize it first, or run "+cleaned_weather_data".',
    ]);
  });

  test("with one sentence for each asset, however many inputs are missing", () => {
    const graph = graphOf("a → x\n b → x\n c → x\n d → x\n e → x\n a → y");
    expect(planRun(graph, keysOf("x y"), none).problems).toEqual([
      'x needs a, b, c and 2 more, which were never materialized. Materialize them first, or run "+x".',
      'y needs a, which was never materialized. Materialize it first, or run "+y".',
    ]);
  });

  test("with a key in quotes where it cannot stand bare", () => {
    const graph = graphOf("a → raw orders:2026");
    expect(planRun(graph, ["raw orders:2026" as AssetKey], none).problems[0]).toContain(
      `run '+"raw orders:2026"'.`,
    );
  });

  test("but not for a dep, which only orders, nor for a source, which is there", () => {
    const graph = graphOf("before ⇢ report\n (orders) → report");
    expect(planRun(graph, keysOf("report"), none).problems).toEqual([]);
  });

  test("when an input is defined nowhere", () => {
    const graph = graphOf("a → b");
    const without = { ...graph, assets: graph.assets.filter(it => it.key !== "a") };
    expect(planRun(without, keysOf("b"), none).problems).toEqual([
      "b needs a, which no file defines. Correct the name or define it.",
    ]);
  });

  test("when assets need each other, and names the circle once", () => {
    const graph = graphOf("a → b → c → a\n c → d → e");
    const planned = planRun(graph, keysOf("e c b a"), none);
    expect(planned.value).toBeNull();
    expect(planned.problems[0]).toBe(
      "These assets need each other: a → b → c → a. Remove one of these inputs or deps.",
    );
    expect(planned.problems.filter(it => it.includes("each other"))).toHaveLength(1);
  });

  test("when a circle lies above, also through assets that are not selected", () => {
    const planned = planRun(graphOf("a → b → a\n b → c"), keysOf("c"), materialized("b"));
    expect(planned.value).toBeNull();
    expect(planned.problems).toEqual([
      "These assets need each other: a → b → a. Remove one of these inputs or deps.",
    ]);
  });

  test("and a step of an asset to itself is not the circle", () => {
    expect(planRun(graphOf("a → a → b → a"), keysOf("a"), materialized("b")).problems).toEqual([
      "These assets need each other: a → b → a. Remove one of these inputs or deps.",
    ]);
  });

  test("but a circle elsewhere disturbs nobody", () => {
    expect(planRun(graphOf("a → b → a\n x → y\n y → a"), keysOf("x y"), none).problems).toEqual([]);
  });

  test("when nothing is left to run", () => {
    expect(planRun(weather, [], none).problems).toEqual(["Nothing to run: the selection names no asset."]);
    const sources = graphOf("(orders) → a\n (items) → a");
    expect(planRun(sources, keysOf("orders items"), none)).toMatchObject({
      value: null,
      problems: ["Nothing to run: orders and items live outside, so Millrace only reads them."],
    });
  });

  test("when an asset does not exist", () => {
    expect(planRun(weather, keysOf("raw_wether"), none).problems).toEqual([
      'There is no asset "raw_wether".',
    ]);
  });
});

test("sources among the selected are left out with a note", () => {
  const planned = planRun(graphOf("(orders) → a"), keysOf("orders a"), none);
  expect(drawn(planned.value)).toEqual(["0 a"]);
  expect(planned.notes).toEqual(["orders lives outside, so Millrace only reads it."]);
});

test("a chain of 5,000 assets is planned without overflow", () => {
  const names = Array.from({ length: 5_000 }, (_, i) => `a${i}`);
  const chain = graphOf(names.join(" → "));
  expect(planRun(chain, keysOf(names.join(" ")), none).value?.steps).toHaveLength(5_000);
  const { value } = planRun(chain, keysOf("a0 a4999"), materialized("a4998"));
  expect(drawn(value)).toEqual(["0 a0", "1 a4999 after 0"]);
  const circle = graphOf([...names, "a0"].join(" → "));
  expect(planRun(circle, keysOf("a17"), materialized(...names)).problems[0]).toContain(
    "a0 → a1 → a2 → a3 → … 4993 more … → a4997 → a4998 → a4999 → a0.",
  );
});

test("in every plan of a graph without circles each selected asset comes once, after all selected ones above it", () => {
  const upTo = fc.integer({ min: 0, max: 11 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(upTo, upTo), { maxLength: 30 }),
      fc.uniqueArray(upTo, { minLength: 1 }),
      (pairs, chosen) => {
        const edges = pairs.filter(([a, b]) => a < b);
        const graph = graphOf(
          [...Array.from({ length: 12 }, (_, i) => `n${i}`), ...edges.map(([a, b]) => `n${a} → n${b}`)].join(
            "\n",
          ),
        );
        const everything = new Set(graph.assets.map(it => it.key));
        const steps =
          planRun(
            graph,
            chosen.map(it => `n${it}` as AssetKey),
            everything,
          ).value?.steps ?? [];
        const position = new Map(steps.map((step, i) => [step.assets[0] as string, i]));
        expect([...position.keys()].sort()).toEqual(chosen.map(it => `n${it}`).sort());
        for (const [i, step] of steps.entries())
          for (const above of step.dependsOn) expect(above).toBeLessThan(i);
        for (const above of chosen) {
          for (const below of chosen) {
            if (above === below || !reaches(edges, above, below)) continue;
            expect(waits(steps, position.get(`n${below}`) ?? -1)).toContain(position.get(`n${above}`));
          }
        }
      },
    ),
  );
});

const none: ReadonlySet<AssetKey> = new Set();

function materialized(...keys: string[]) {
  return new Set(keys as AssetKey[]);
}

function drawn(plan: ReturnType<typeof planRun>["value"]) {
  return plan?.steps.map(
    ({ assets, dependsOn }, i) =>
      `${i} ${assets}${dependsOn.length > 0 ? ` after ${dependsOn.join(", ")}` : ""}`,
  );
}

/** Every step that ends before step `i` begins. */
function waits(steps: readonly { dependsOn: readonly number[] }[], i: number): Set<number> {
  const found = new Set<number>();
  const open = [i];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    for (const above of steps[at]?.dependsOn ?? []) {
      if (!found.has(above)) open.push(above);
      found.add(above);
    }
  }
  return found;
}

function reaches(edges: readonly (readonly [number, number])[], from: number, to: number): boolean {
  return edges.some(([a, b]) => a === from && (b === to || reaches(edges, b, to)));
}
