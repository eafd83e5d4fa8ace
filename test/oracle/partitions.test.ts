import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { allPartitions, type Partitioning, partitionsAt, rangeBetween } from "../../src/model/partitions.ts";
import { indexesOf, intersection, type PartitionSet, setOfRange } from "../../src/model/partitionSet.ts";
import type { TimeWindows } from "../../src/model/timeWindows.ts";
import { dynamicKeysOf, type OraclePartitions, ourDefinition } from "../support/oraclePartitions.ts";
import { type WindowByHand, windowsByHand } from "../support/windowsByHand.ts";

interface PartitionsCase {
  id: string;
  given: Questions & { partitions: OraclePartitions; now: string };
  expect: Record<string, unknown>;
  millrace?: "differs";
  reason?: string;
}

interface Questions {
  windows_of?: string[];
  has_keys?: string[];
  key_at?: string[];
  keys_between?: [string, string];
  range?: [string, string];
}

const folder = process.env.ORACLE_DIR ?? "test/oracle";
const cases = readdirSync(folder)
  .filter(name => name.endsWith(".json"))
  .map(
    name =>
      JSON.parse(readFileSync(join(folder, name), "utf8")) as { topic: string; cases: PartitionsCase[] },
  )
  .filter(it => it.topic === "partitions")
  .flatMap(it => it.cases);

test("there are vectors to answer", () => {
  expect(cases.length).toBeGreaterThan(0);
});

describe("partitions are those of the vectors", () => {
  for (const { id, given, expect: expected, millrace, reason = "" } of cases) {
    test(`${id}: ${JSON.stringify(given.partitions)} at ${given.now}`, () => {
      expect(answer(given)).toEqual(millrace === "differs" ? byHand(given, reason) : expected);
    });
  }
});

function answer({ partitions: theirs, now, ...questions }: PartitionsCase["given"]) {
  const defined = ourDefinition(theirs);
  if ("faults" in defined) return { error: true };
  const moment = { now: Date.parse(now), dynamicKeys: dynamicKeysOf(theirs) };
  const partitions = partitionsAt(defined.definition, moment);
  const keys = keysOf(allPartitions(partitions), partitions);
  const { has_keys, range } = questions;
  return {
    ...overview(keys),
    ...(partitions.kind === "time" && timeAnswers(partitions, questions)),
    ...(has_keys && { has_keys: has_keys.map(key => partitions.indexOf(key) !== null) }),
    ...(range && { range: rangeAnswer(partitions, range) }),
  };
}

function timeAnswers(windows: TimeWindows, { windows_of, key_at, keys_between }: Questions) {
  return {
    ...(windows_of && { windows_of: windows_of.map(key => windowAnswer(windows, windows.indexOf(key))) }),
    ...(key_at && {
      key_at: key_at.map(it => {
        const index = windows.indexAt(Date.parse(it));
        return index === null ? null : windows.keyAt(index);
      }),
    }),
    ...(keys_between && { keys_between: keysBetween(windows, keys_between) }),
  };
}

function windowAnswer(windows: TimeWindows, index: number | null) {
  if (index === null) return { error: true };
  const { start, end } = windows.windowAt(index);
  return [start / 1000, end / 1000];
}

function keysBetween(windows: TimeWindows, [from, to]: [string, string]) {
  const range = windows.startingIn(Date.parse(from), Date.parse(to));
  return keysOf(intersection(setOfRange(range.from, range.to), allPartitions(windows)), windows);
}

function rangeAnswer(partitions: Partitioning, [first, last]: [string, string]) {
  const range = rangeBetween(partitions, first, last);
  return range === null ? { error: true } : keysOf(range, partitions);
}

function keysOf(set: PartitionSet, partitions: Partitioning) {
  return [...indexesOf(set)].map(index => partitions.keyAt(index));
}

function overview(keys: string[]) {
  return {
    count: keys.length,
    first: keys[0] ?? null,
    last: keys.at(-1) ?? null,
    keys_sha256: createHash("sha256").update(keys.join("\n")).digest("hex"),
    ...(keys.length <= 48 && { keys }),
  };
}

/** Where Millrace means to differ, the same questions are answered from a plain list of windows. */
function byHand({ partitions, now, ...questions }: PartitionsCase["given"], reason: string) {
  if (partitions.kind === "multi") {
    expect(reason).toMatch(/^P10/);
    return overview(productByHand(Object.values(partitions.dimensions)));
  }
  if (!("start" in partitions))
    return expect.fail(`This reason is new; write here what it asks for: ${reason}`);
  const { windows_of, key_at = [], keys_between = [], range } = questions;
  const instants = [...key_at, ...keys_between].map(it => Date.parse(it));
  const { all, existing } = windowsByHand(partitions, Date.parse(now), instants);
  const keys = existing.map(it => it.key);
  return {
    ...overview(keys),
    ...(windows_of && {
      windows_of: windows_of.map(key => windowByHand(existing.find(it => it.key === key))),
    }),
    ...(questions.key_at && {
      key_at: key_at.map(
        it => all.find(({ start, end }) => start <= Date.parse(it) && Date.parse(it) < end)?.key ?? null,
      ),
    }),
    ...(questions.keys_between && {
      keys_between: existing
        .filter(it => it.start >= (instants.at(-2) as number) && it.start < (instants.at(-1) as number))
        .map(it => it.key),
    }),
    ...(range && { range: rangeByHand(keys, range) }),
  };
}

function windowByHand(window: WindowByHand | undefined) {
  return window === undefined ? { error: true } : [window.start / 1000, window.end / 1000];
}

function rangeByHand(keys: string[], range: [string, string]) {
  const [from, to] = [keys.indexOf(range[0]), keys.indexOf(range[1])];
  return from < 0 || to < 0 ? { error: true } : keys.slice(from, to + 1);
}

function productByHand(dimensions: OraclePartitions[]): string[] {
  return dimensions.reduce<string[]>(
    (keys, dimension, i) =>
      (i === 0 ? [null] : keys).flatMap(key =>
        (dimension.kind === "static" ? dimension.keys : []).map(part =>
          key === null ? part : `${key}|${part}`,
        ),
      ),
    [],
  );
}
