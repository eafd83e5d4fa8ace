import { asset, materialize } from "millrace";
import { expect, test } from "vitest";
import type { PartitionsDefinition } from "../../src/model/partitionsDefinition.ts";

const daily: PartitionsDefinition = {
  kind: "daily",
  cron: "0 0 * * *",
  start: "2026-01-01T00:00",
  end: null,
  timezone: "Europe/Berlin",
  keyFormat: "%Y-%m-%d",
  endOffset: 0,
  exclusions: [],
};

const readings = asset("readings", {
  partitions: daily,
  materialize: (_, { partition }) => [
    {
      key: partition.key,
      start: partition.window.start.toISOString(),
      end: partition.window.end.toISOString(),
    },
  ],
});

test("a unit test materializes one partition, whatever the time is", async () => {
  const result = await materialize([readings], { partition: "2027-03-28" });
  // A day of 23 hours: clocks go forward.
  expect(result.value(readings)).toEqual([
    { key: "2027-03-28", start: "2027-03-27T23:00:00.000Z", end: "2027-03-28T22:00:00.000Z" },
  ]);
});

test("a key that is none of the asset's, or no key at all, is an error that says so", async () => {
  await expect(materialize([readings], { partition: "yesterday" })).rejects.toThrow(
    'readings has no partition "yesterday"',
  );
  await expect(materialize([readings])).rejects.toThrow("readings has partitions. Say which one is meant");
});

test("an asset without partitions that asks for one is told what to declare", async () => {
  const whole = asset("whole", { materialize: (_, { partition }) => [{ key: partition.key }] });
  await expect(materialize([whole])).rejects.toThrow(
    /whole has no partitions, so there is no partition\.key/,
  );
});

test("the parts of a key of several dimensions are known by name", async () => {
  const both = asset("both", {
    partitions: {
      kind: "multi",
      dimensions: [
        { name: "city", partitions: { kind: "static", keys: ["berlin", "paris"] } },
        { name: "day", partitions: daily },
      ],
    },
    materialize: (_, { partition }) => [
      { ...partition.dimensions, start: partition.window.start.toISOString() },
    ],
  });
  const result = await materialize([both], { partition: "paris|2026-01-02" });
  expect(result.value(both)).toEqual([
    { city: "paris", day: "2026-01-02", start: "2026-01-01T23:00:00.000Z" },
  ]);
});

test("partitions that are none are a definition error", () => {
  expect(() => asset("wrong", { partitions: "daily" as never, materialize: () => [] })).toThrow(
    /The partitions of asset "wrong" are the text "daily"/,
  );
});
