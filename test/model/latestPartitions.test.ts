import { expect, test } from "vitest";
import { defineMultiPartitions, defineStaticPartitions } from "../../src/model/definePartitions.ts";
import { defineTimePartitions } from "../../src/model/defineTimePartitions.ts";
import type { Defined } from "../../src/model/definitionFault.ts";
import { endsOfLatest, isLatestLess, latestPartitions } from "../../src/model/latestPartitions.ts";
import { partitionsAt, rangeBetween } from "../../src/model/partitions.ts";
import type { PartitionsDefinition } from "../../src/model/partitionsDefinition.ts";

const days = definition(defineTimePartitions("daily", { start: "2026-01-01" }));
const cities = definition(defineStaticPartitions(["oslo", "rome", "bonn"]));
const at = (it: PartitionsDefinition) => partitionsAt(it, { now: Date.parse("2026-01-21T00:00:00Z") });

test("the latest partitions are the last ones, as far as there are so many", () => {
  expect(endsOfLatest(at(days), 7)).toEqual(["2026-01-14", "2026-01-20"]);
  expect(endsOfLatest(at(days), 99)).toEqual(["2026-01-01", "2026-01-20"]);
  expect(endsOfLatest(at(cities), 1)).toEqual(["bonn", "bonn"]);
  expect([isLatestLess(at(days), 19), isLatestLess(at(days), 20)]).toEqual([true, false]);
});

test("of several dimensions they are the latest windows of time, with all of the others", () => {
  for (const name of ["city", "place"]) {
    const both = at(definition(defineMultiPartitions({ day: days, [name]: cities })));
    const [first, last] = endsOfLatest(both, 7);
    expect(rangeBetween(both, first, last)).toEqual(latestPartitions(both, 7));
    expect([isLatestLess(both, 19), isLatestLess(both, 20)]).toEqual([true, false]);
  }
  const listed = at(definition(defineMultiPartitions({ a: cities, b: cities })));
  expect([endsOfLatest(listed, 1), isLatestLess(listed, 1)]).toEqual([["oslo|oslo", "bonn|bonn"], false]);
});

function definition<Definition>(defined: Defined<Definition>): Definition {
  return "definition" in defined ? defined.definition : expect.fail(JSON.stringify(defined.faults));
}
