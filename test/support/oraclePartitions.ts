import {
  defineDynamicPartitions,
  defineMultiPartitions,
  defineStaticPartitions,
} from "../../src/model/definePartitions.ts";
import { defineTimePartitions } from "../../src/model/defineTimePartitions.ts";
import type { Defined } from "../../src/model/definitionFault.ts";
import type { PartitionsDefinition, TimePartitions } from "../../src/model/partitionsDefinition.ts";

/** A partitions definition as the vectors write it. */
export type OraclePartitions =
  | {
      kind: TimePartitions["kind"];
      start: string;
      end?: string;
      timezone?: string;
      cron?: string;
      minute_offset?: number;
      hour_offset?: number;
      day_offset?: number;
      end_offset?: number;
      key_format?: string;
      exclusions?: ({ cron: string } | { at: string })[];
    }
  | { kind: "static"; keys: string[] }
  | { kind: "dynamic"; name: string; keys: string[] }
  | { kind: "multi"; dimensions: Record<string, OraclePartitions> };

/** The same definition as ours, or what we find wrong with it. */
export function ourDefinition(theirs: OraclePartitions): Defined<PartitionsDefinition> {
  switch (theirs.kind) {
    case "static":
      return defineStaticPartitions(theirs.keys);
    case "dynamic":
      return defineDynamicPartitions(theirs.name);
    case "multi": {
      const dimensions: Record<string, PartitionsDefinition> = {};
      for (const [name, dimension] of Object.entries(theirs.dimensions)) {
        const ours = ourDefinition(dimension);
        if ("faults" in ours) return ours;
        dimensions[name] = ours.definition;
      }
      return defineMultiPartitions(dimensions);
    }
    default:
      return defineTimePartitions(theirs.kind, {
        start: theirs.start,
        ...(theirs.end === undefined ? {} : { end: theirs.end }),
        ...(theirs.timezone === undefined ? {} : { timezone: theirs.timezone }),
        ...(theirs.cron === undefined ? {} : { cron: theirs.cron }),
        ...(theirs.minute_offset === undefined ? {} : { minuteOffset: theirs.minute_offset }),
        ...(theirs.hour_offset === undefined ? {} : { hourOffset: theirs.hour_offset }),
        ...(theirs.day_offset === undefined ? {} : { dayOffset: theirs.day_offset }),
        ...(theirs.end_offset === undefined ? {} : { endOffset: theirs.end_offset }),
        ...(theirs.key_format === undefined ? {} : { keyFormat: theirs.key_format }),
        exclude: (theirs.exclusions ?? []).map(it => ("at" in it ? it.at : it)),
      });
  }
}

/** The keys of dynamic partitions, which vectors write into the definition. */
export function dynamicKeysOf(...definitions: (OraclePartitions | null)[]): (name: string) => string[] {
  const keys = new Map<string, string[]>();
  const visit = (it: OraclePartitions | null): void => {
    if (it?.kind === "dynamic") keys.set(it.name, it.keys);
    if (it?.kind === "multi") for (const dimension of Object.values(it.dimensions)) visit(dimension);
  };
  for (const it of definitions) visit(it);
  return name => keys.get(name) ?? [];
}
