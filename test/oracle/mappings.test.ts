import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { downstreamPartitions, upstreamPartitions } from "../../src/model/mapPartitions.ts";
import type { ResolvedMapping } from "../../src/model/partitionMapping.ts";
import { allPartitions, type Partitioning, partitionsAt } from "../../src/model/partitions.ts";
import type { PartitionsDefinition } from "../../src/model/partitionsDefinition.ts";
import { indexesOf, type PartitionSet, setOfIndexes } from "../../src/model/partitionSet.ts";
import { resolveMapping } from "../../src/model/resolveMapping.ts";
import { type OracleMapping, ourMapping } from "../support/oracleMapping.ts";
import { dynamicKeysOf, type OraclePartitions, ourDefinition } from "../support/oraclePartitions.ts";
import { type OracleTimePartitions, windowsByHand } from "../support/windowsByHand.ts";

interface MappingCase {
  id: string;
  given: {
    upstream: OraclePartitions | null;
    downstream: OraclePartitions | null;
    mapping: OracleMapping | null;
    now: string;
    downstream_keys: string[];
    upstream_keys: string[];
  };
  expect:
    | { error: true }
    | { mapping: string; upstream: string[]; nonexistent: string[]; downstream: string[] };
  millrace?: "differs";
  reason?: string;
  note?: string;
}

const folder = process.env.ORACLE_DIR ?? "test/oracle";
const cases = readdirSync(folder)
  .filter(name => name.endsWith(".json"))
  .map(
    name => JSON.parse(readFileSync(join(folder, name), "utf8")) as { topic: string; cases: MappingCase[] },
  )
  .filter(it => it.topic === "mappings")
  .flatMap(it => it.cases);

test("there are vectors to answer", () => {
  expect(cases.length).toBeGreaterThan(0);
});

describe("partitions are mapped as the vectors say", () => {
  for (const { id, given, expect: expected, millrace, reason = "", note = "" } of cases) {
    test(`${id}: ${given.mapping?.kind ?? "inferred"}`, () => {
      const ours = answer(given);
      if (millrace === "differs") expect(ours).toEqual(byHand(given, reason));
      else if (note.includes("only whether it is empty")) {
        expect(onlyWhetherMissing(ours)).toEqual(onlyWhetherMissing(expected));
      } else expect(ours).toEqual(expected);
    });
  }
});

function answer({
  upstream,
  downstream,
  mapping,
  now,
  downstream_keys,
  upstream_keys,
}: MappingCase["given"]) {
  const [up, down] = [definitionOf(upstream), definitionOf(downstream)];
  const resolved = up === "wrong" || down === "wrong" ? null : resolveMapping(ourMapping(mapping), up, down);
  if (resolved === null || "fault" in resolved) return { error: true };
  const moment = { now: Date.parse(now), dynamicKeys: dynamicKeysOf(upstream, downstream) };
  const [ups, downs] = [up, down].map(it => partitionsAt(it as PartitionsDefinition | null, moment)) as [
    Partitioning,
    Partitioning,
  ];
  const needed = upstreamPartitions(resolved.mapping, ups, downs, setOfKeys(downstream_keys, downs));
  const nonexistent = [...needed.nonexistent.keys()].sort();
  expect(needed.nonexistent.count).toBe(nonexistent.length);
  return {
    mapping: nameOf(resolved.mapping),
    upstream: keysOf(needed.partitions, ups),
    nonexistent,
    downstream: keysOf(
      downstreamPartitions(resolved.mapping, ups, downs, setOfKeys(upstream_keys, ups)),
      downs,
    ),
  };
}

function definitionOf(theirs: OraclePartitions | null): PartitionsDefinition | null | "wrong" {
  if (theirs === null) return null;
  const ours = ourDefinition(theirs);
  return "faults" in ours ? "wrong" : ours.definition;
}

function nameOf({ kind }: ResolvedMapping) {
  return { timeWindow: "time_window", multiToSingle: "multi_to_single" }[kind as string] ?? kind;
}

function setOfKeys(keys: string[], partitions: Partitioning): PartitionSet {
  if (partitions.kind === "listed" && partitions.definition === null) return allPartitions(partitions);
  return setOfIndexes(keys.map(key => partitions.indexOf(key) ?? expect.fail(`${key} does not exist`)));
}

function keysOf(set: PartitionSet, partitions: Partitioning): string[] {
  return [...indexesOf(set)].map(index => partitions.keyAt(index));
}

function onlyWhetherMissing(expected: object) {
  return "nonexistent" in expected
    ? { ...expected, nonexistent: (expected.nonexistent as string[]).length > 0 }
    : expected;
}

/** Where Millrace means to differ, or the other program errs, the plain rule says what is right. */
function byHand(given: MappingCase["given"], reason: string) {
  if (/^M4:|^Dagster errs/.test(reason)) return overlapByHand(given);
  if (reason.startsWith("M11:")) return namedDimensionByHand(given);
  return expect.fail(`This reason is new; write here what it asks for: ${reason}`);
}

/** Windows belong together when they share time, after the ends of the downstream one were moved by whole windows. */
function overlapByHand({
  upstream,
  downstream,
  mapping,
  now,
  downstream_keys,
  upstream_keys,
}: MappingCase["given"]) {
  if (mapping !== null && mapping.kind !== "time_window") return expect.fail("windows of time only");
  const at = Date.parse(now);
  const [ups, downs] = [upstream, downstream].map(it => windowsByHand(it as OracleTimePartitions, at, []));
  if (ups === undefined || downs === undefined) return expect.fail("two sides");
  const { start_offset = 0, end_offset = 0, allow_nonexistent = false } = mapping ?? {};
  const bounds = { start: ups.existing[0]?.start, end: ups.existing.at(-1)?.end };
  const kept = (instant: number, offset: number) =>
    offset < 0
      ? Math.max(instant, bounds.start ?? instant)
      : Math.min(instant, (offset && bounds.end) || instant);
  const needs = (key: string) => {
    const index = downs.all.findIndex(it => it.key === key);
    const start = kept(downs.all[index + start_offset]?.start as number, start_offset);
    const end = kept(downs.all[index + end_offset]?.end as number, end_offset);
    return ups.all.filter(it => it.start < end && start < it.end).map(it => it.key);
  };
  const existing = ups.existing.map(it => it.key);
  const needed = new Set(downstream_keys.flatMap(needs));
  return {
    mapping: "time_window",
    upstream: existing.filter(key => needed.has(key)),
    nonexistent: allow_nonexistent ? [] : [...needed].filter(key => !existing.includes(key)).sort(),
    downstream: downs.existing
      .map(it => it.key)
      .filter(key => needs(key).some(it => upstream_keys.includes(it))),
  };
}

/** A key of several dimensions belongs to the key that it has in the named one, if that is cut in the same way. */
function namedDimensionByHand({
  upstream,
  downstream,
  mapping,
  downstream_keys,
  upstream_keys,
}: MappingCase["given"]) {
  const isUp = upstream?.kind === "multi";
  const multi = isUp ? upstream : downstream;
  const single = isUp ? downstream : upstream;
  if (multi?.kind !== "multi" || mapping?.kind !== "multi_to_single")
    return expect.fail("one side has dimensions");
  const names = Object.keys(multi.dimensions).sort();
  const dimension = multi.dimensions[mapping.dimension ?? ""];
  if (JSON.stringify(dimension) !== JSON.stringify(single)) return { error: true };
  const lists = names.map(name => {
    const it = multi.dimensions[name];
    return it?.kind === "static" ? it.keys : expect.fail("static dimensions only");
  });
  const all = lists.reduce(
    (keys, list) => keys.flatMap(key => list.map(part => (key === "" ? part : `${key}|${part}`))),
    [""],
  );
  const part = (key: string) => key.split("|")[names.indexOf(mapping.dimension ?? "")] as string;
  const multiKeys = (keys: string[]) => all.filter(key => keys.includes(part(key)));
  const singleKeys = (keys: string[]) =>
    single?.kind === "static" ? single.keys.filter(it => keys.map(part).includes(it)) : [];
  return {
    mapping: "multi_to_single",
    upstream: isUp ? multiKeys(downstream_keys) : singleKeys(downstream_keys),
    nonexistent: [],
    downstream: isUp ? singleKeys(upstream_keys) : multiKeys(upstream_keys),
  };
}
