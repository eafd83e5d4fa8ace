import { defineDynamicPartitions, defineStaticPartitions } from "../model/definePartitions.ts";
import { defineTimePartitions, type TimePartitionsOptions } from "../model/defineTimePartitions.ts";
import type { Defined } from "../model/definitionFault.ts";
import type { PartitionsDefinition, TimePartitions } from "../model/partitionsDefinition.ts";
import { partitionsInWords } from "../model/partitionsInWords.ts";
import { metaOf } from "./manifestKeys.ts";
import type { ManifestNode } from "./manifestNodes.ts";
import { isJsonRecord, type JsonRecord, recordOf, textOf, textsOf } from "./manifestValues.ts";

/** The partitions of a dbt node, or what is wrong with what its `meta` says of them. */
export type ManifestPartitions =
  | { readonly definition: PartitionsDefinition; readonly words: string }
  | { readonly fault: string };

/**
 * What `meta: { millrace: { partitions: { daily: { start: "2026-01-01" } } } }` says, else the batches of a
 * microbatch model; null for a node that is one whole.
 */
export function manifestPartitions(node: ManifestNode): ManifestPartitions | null {
  const said = metaOf(node).millrace.partitions;
  if (said != null) return isJsonRecord(said) ? ofMeta(said) : { fault: `is not an object. ${example}` };
  const { incremental_strategy, batch_size, begin } = node.config;
  const kind = kindsOfBatches[textOf(batch_size) ?? ""];
  const start = textOf(begin)
    ?.replace(/(:\d\d)(:00(\.0+)?)?(Z|\+00:00)?$/, "$1")
    .replace(" ", "T");
  if (incremental_strategy !== "microbatch" || kind === undefined || start === undefined) return null;
  return defined(
    kind === "yearly"
      ? defineTimePartitions("cron", { start, cron: "0 0 1 1 *" })
      : defineTimePartitions(kind, { start }),
  );
}

const example = 'Write { daily: { start: "2026-01-01" } }.';

const kindsOfBatches: Readonly<Record<string, "hourly" | "daily" | "monthly" | "yearly">> = {
  hour: "hourly",
  day: "daily",
  month: "monthly",
  year: "yearly",
};

const timeKinds: readonly TimePartitions["kind"][] = ["hourly", "daily", "weekly", "monthly", "cron"];

function ofMeta(said: JsonRecord): ManifestPartitions {
  const [kind, ...more] = Object.keys(said);
  if (kind === undefined || more.length > 0) return { fault: `has to name one kind. ${example}` };
  if (kind === "static") return defined(defineStaticPartitions(textsOf(said.static)));
  if (kind === "dynamic") return defined(defineDynamicPartitions(textOf(said.dynamic) ?? ""));
  const timeKind = timeKinds.find(it => it === kind);
  if (timeKind === undefined) {
    return {
      fault: `is "${kind}", which is none of ${[...timeKinds, "static", "dynamic"].join(", ")}. ${example}`,
    };
  }
  const written = recordOf(said[kind]);
  const { start, end, timezone, cron, minuteOffset, hourOffset, dayOffset, keyFormat, endOffset } = written;
  const options = { minuteOffset, hourOffset, dayOffset, endOffset };
  const numbers = Object.entries(options).filter(([, value]) => typeof value === "number");
  const texts = Object.entries({ end, timezone, cron, keyFormat }).filter(
    ([, value]) => textOf(value) !== null,
  );
  return defined(
    defineTimePartitions(timeKind, {
      start: textOf(start) ?? "",
      ...Object.fromEntries([...numbers, ...texts]),
    } as TimePartitionsOptions),
  );
}

function defined(result: Defined<PartitionsDefinition>): ManifestPartitions {
  if ("definition" in result) {
    const { definition } = result;
    return { definition, words: partitionsInWords(definition) };
  }
  return { fault: result.faults.map(({ what, whatToDo }) => `is wrong: ${what}. ${whatToDo}`).join(" ") };
}
