import { describe, expect, test } from "vitest";
import type { AssetKey } from "../../src/model/assetKey.ts";
import { and, eager, fact, not, onCron, onMissing } from "../../src/model/conditionForms.ts";
import { type Simulation, type SimulationOptions, simulate } from "../../src/model/simulate.ts";
import type { HistoryEvent } from "../../src/model/simulateHistory.ts";
import { automationOf, daily } from "../support/automation.ts";

const between = (from: string, to: string): SimulationOptions => ({
  from: Date.parse(from),
  to: Date.parse(to),
});
const made = (at: string, asset: string, ...partitions: string[]): HistoryEvent => ({
  kind: "materialized",
  at: Date.parse(at),
  asset: asset as AssetKey,
  partitions: partitions.length === 0 ? null : partitions,
});

describe("a condition is played against a history", () => {
  const chain = automationOf("raw → mart → report", { mart: eager(), report: eager() });

  test("what happened before it begins is there, and launches nothing", () => {
    const history = [made("2026-02-01T00:00Z", "raw")];
    expect(simulate(chain, history, between("2026-02-03T00:00Z", "2026-02-04T00:00Z")).ticks).toEqual([]);
  });

  test("an update is carried through at the next tick, in one run, and once", () => {
    const history = [made("2026-02-01T00:00Z", "raw"), made("2026-02-03T06:00:10Z", "raw")];
    const simulation = simulate(chain, history, between("2026-02-03T00:00Z", "2026-02-10T00:00Z"));
    expect(draw(simulation)).toEqual([
      "2026-02-03T06:00:30.000Z mart: raw was updated; report: mart is requested too",
    ]);
    expect(simulation.runs).toBe(1);
    // A week has 20,161 ticks.
    expect(simulation.evaluated).toBeLessThan(12);
  });

  test("what is requested is there when its run has ended", () => {
    const automation = automationOf("a", { a: and(fact("missing"), not(fact("inProgress"))) });
    const options = between("2026-02-03T00:00Z", "2026-02-03T01:00Z");
    expect(simulate(automation, [], { ...options, runSeconds: 300 }).runs).toBe(1);
    const ignored = simulate(automation, [], { ...options, runSeconds: null });
    expect(ignored).toMatchObject({ runs: 121, ticks: [{ repeated: 0 }, { repeated: 119 }] });
    expect(ignored.evaluated).toBeLessThan(4);
  });

  test("two rules can be compared by how many runs they would have launched", () => {
    const history = Array.from({ length: 7 * 24 }, (_, hour) =>
      made(new Date(Date.UTC(2026, 1, 1, hour, 30)).toISOString(), "raw"),
    );
    const week = between("2026-02-01T00:00Z", "2026-02-08T00:00Z");
    const runs = (condition: ReturnType<typeof eager>) =>
      simulate(automationOf("raw → mart", { mart: condition }), history, week).runs;
    expect(runs(eager())).toBe(7 * 24);
    expect(runs(onCron("0 6 * * *"))).toBe(7);
  });

  test("skipping ticks at which nothing can happen changes nothing", () => {
    const cut = { raw: daily, mart: daily, report: daily };
    const automation = automationOf(
      "raw → mart → report",
      { raw: onMissing(), mart: eager(), report: onCron("0 9 * * *", "Europe/Berlin") },
      cut,
    );
    const history = [
      made("2026-02-02T05:00Z", "raw", "2026-02-01"),
      made("2026-02-03T07:30:05Z", "raw", "2026-02-02"),
      made("2026-02-03T08:30:05Z", "mart", "2026-02-02"),
    ];
    const options = { ...between("2026-02-02T00:00Z", "2026-02-06T00:00Z"), everySeconds: 900 };
    const skipped = simulate(automation, history, options);
    // An event that changes nothing keeps every tick from being skipped.
    const nothing = Array.from(
      { length: 4 * 96 },
      (_, i): HistoryEvent => ({
        kind: "partitionsAdded",
        at: options.from + i * 900_000,
        name: "nobody's",
        keys: [`${i}`],
      }),
    );
    const complete = simulate(automation, [...history, ...nothing], options);
    expect(draw(skipped)).toEqual(draw(complete));
    expect(draw(skipped).length).toBeGreaterThan(6);
    expect(complete.evaluated).toBe(4 * 96 + 1);
    expect(skipped.evaluated).toBeLessThan(60);
  });

  test("a cron that ticks at neighbouring ticks is not taken to go on so", () => {
    const automation = automationOf("a", {
      a: { kind: "cronTickPassed", cron: "0-1 * * * *", timezone: "UTC" },
    });
    const options = between("2026-02-03T00:30Z", "2026-02-03T03:30Z");
    const simulation = simulate(automation, [], { ...options, everySeconds: 60, runSeconds: null });
    expect(simulation.runs).toBe(6);
  });

  test("a year of days is played day by day", () => {
    const automation = automationOf(
      "raw → mart → report",
      { raw: onMissing(), mart: eager(), report: eager() },
      { raw: daily, mart: daily, report: daily },
    );
    const simulation = simulate(automation, [], between("2026-02-02T12:00Z", "2027-02-02T12:00Z"));
    expect(simulation.runs).toBe(365);
    expect(simulation.ticks.at(-1)?.requests.map(it => it.partitions)).toEqual([
      ["2027-02-01"],
      ["2027-02-01"],
      ["2027-02-01"],
    ]);
  });

  test("a failed run is no update, and its asset has failed", () => {
    const automation = automationOf("a → b", { b: fact("failed") });
    const at = Date.parse("2026-02-03T00:00Z");
    const history: HistoryEvent[] = [
      { kind: "runStarted", at, run: "r", targets: [{ asset: "b" as AssetKey }] },
      { kind: "runEnded", at: at + 60_000, run: "r", succeeded: false },
      made("2026-02-03T00:05Z", "b"),
    ];
    const options = { from: at, to: at + 600_000, everySeconds: 60, runSeconds: null };
    const [tick, repeated] = simulate(automation, history, options).ticks;
    expect(tick?.at).toBe(at + 60_000);
    expect((tick?.repeated ?? 0) + 1 + (repeated?.repeated ?? 0) + 1).toBe(4);
  });
});

function draw({ ticks }: Simulation): string[] {
  return ticks.map(({ at, requests }) => {
    const requested = requests.map(it => `${[it.asset, ...(it.partitions ?? [])].join(" ")}: ${it.reason}`);
    return `${new Date(at).toISOString()} ${requested.join("; ")}`;
  });
}
