import type { PartitionsDefinition } from "../model/partitionsDefinition.ts";
import { resolveMapping } from "../model/resolveMapping.ts";
import { brand } from "./brand.ts";
import type { Columns, RowOf } from "./columns.ts";
import {
  type AssetDefinition,
  type InputDefinition,
  isAsset,
  isInput,
  isSource,
  type SourceDefinition,
} from "./definition.ts";
import { captureDefinition, DefinitionProblems } from "./definitionError.ts";
import { inWords } from "./inWords.ts";
import { isRecord } from "./labels.ts";
import { isSelf, type MappableInput, mappable, type SelfInput } from "./mappedInput.ts";
import type { Row } from "./row.ts";

/**
 * What may stand in `inputs` of an asset: an asset, a source, one of them with a mapping of partitions or as a
 * `stream(…)`, or `self.window(-1, -1)`.
 */
export type Input = AssetDefinition | SourceDefinition | InputDefinition | SelfInput;

/** What an asset's function receives for each of its inputs; its own earlier rows have its declared columns. */
export type LoadedInputs<Inputs, Declared extends Columns | undefined = undefined> = {
  readonly [Name in keyof Inputs]: LoadedInput<Inputs[Name], Declared>;
};

type LoadedInput<Of, Declared extends Columns | undefined> =
  Of extends SelfInput<infer Streamed>
    ? OwnRows<Streamed, Declared extends Columns ? RowOf<Declared> : Row>
    : Of extends InputDefinition<infer Loaded>
      ? Loaded
      : Of extends AssetDefinition<infer Output> | SourceDefinition<infer Output>
        ? Output
        : never;

type OwnRows<Streamed extends boolean, OwnRow> = Streamed extends true ? AsyncIterable<OwnRow> : OwnRow[];

/** An input that is handed over row by row. */
export interface StreamInput<StreamedRow>
  extends InputDefinition<AsyncIterable<StreamedRow>>,
    MappableInput<AsyncIterable<StreamedRow>, AsyncIterable<StreamedRow>> {}

/**
 * Hands an input over row by row, with bounded memory, instead of as one array.
 *
 * @example
 * asset("readings/daily", {
 *   inputs: { readings: stream(readings) },
 *   materialize: async function* ({ readings }) {
 *     for await (const reading of readings) yield { ...reading, celsius: round(reading.celsius) };
 *   },
 * });
 */
export function stream<StreamedRow>(
  upstream: AssetDefinition<readonly StreamedRow[]> | SourceDefinition<readonly StreamedRow[]>,
): StreamInput<StreamedRow>;
export function stream<StreamedRow>(
  mapped: InputDefinition<readonly StreamedRow[]>,
): InputDefinition<AsyncIterable<StreamedRow>>;
export function stream(own: SelfInput): SelfInput<true>;
export function stream(upstream: Input): Input {
  if (isInput(upstream) || isSelf(upstream)) return Object.freeze({ ...upstream, stream: true });
  const problems = new DefinitionProblems(captureDefinition(stream));
  if (!isAsset(upstream) && !isSource(upstream)) {
    problems.add(
      `stream() is given ${inWords(upstream)} instead of an asset or a source`,
      upstream === undefined ? circularImport : "Write stream(readings), with an asset that you import.",
    );
  }
  problems.throwIfAny();
  return Object.freeze({ ...plainInput(upstream, true), ...mappable(() => upstream, true) });
}

/** The asset that is being declared, as far as its inputs have to know it. */
export interface DeclaredAsset {
  readonly key: string;
  readonly partitions: PartitionsDefinition | null;
  /** Stands for the definition, which is complete when everything is read. */
  readonly own: AssetDefinition;
}

/** The inputs of an asset made complete; says what is wrong with each that is none. */
export function completeInputs(
  inputs: unknown,
  declared: DeclaredAsset,
  problems: DefinitionProblems,
): Record<string, InputDefinition> {
  const { key, own } = declared;
  const complete: Record<string, InputDefinition> = {};
  if (inputs === undefined) return complete;
  if (!isRecord(inputs) || isAsset(inputs) || isSource(inputs) || isInput(inputs) || isSelf(inputs)) {
    problems.add(`"inputs" of asset "${key}" is not an object`, "Write inputs: { readings }.");
    return complete;
  }
  for (const [name, input] of Object.entries(inputs)) {
    if (isInput(input)) complete[name] = input;
    else if (isSelf(input)) complete[name] = ownInput(input, own);
    else if (isAsset(input) || isSource(input)) {
      complete[name] = Object.freeze(plainInput(input, false));
    } else if (input === undefined) {
      problems.add(`The input "${name}" of asset "${key}" is undefined`, circularImport);
    } else {
      problems.add(
        `The input "${name}" of asset "${key}" is ${inWords(input)} instead of an asset or a source`,
        typeof input === "string"
          ? `Import the asset and write inputs: { ${name} }, or source("schema.table") for a table of somebody else.`
          : `Write inputs: { ${name} }, with an asset that you import.`,
      );
    }
    const found = complete[name];
    if (found === undefined) continue;
    if (found.upstream.key === key) {
      problems.add(
        `The input "${name}" of asset "${key}" is the asset itself`,
        "Remove it, or give one of the two another key. For its own earlier partitions write self.window(-1, -1).",
      );
    }
    requireMapping(`The input "${name}" of asset "${key}"`, found, declared, problems);
  }
  return complete;
}

/** Says why a mapping cannot stand between the partitions of the two assets, when it cannot. */
export function requireMapping(
  subject: string,
  {
    upstream,
    partitionMapping,
    definedAt,
  }: Pick<InputDefinition, "upstream" | "partitionMapping" | "definedAt">,
  { partitions, own }: DeclaredAsset,
  problems: DefinitionProblems,
): void {
  const at = definedAt ?? problems.definedAt;
  const above = upstream === own ? partitions : upstream.partitions;
  if (partitionMapping !== null && above === null) {
    const whose = upstream === own ? "The asset itself" : `"${upstream.key}"`;
    problems.add(
      `${subject} asks for certain partitions. ${whose} has none`,
      upstream === own
        ? 'Give it partitions: dailyPartitions({ start: "2026-01-01" }).'
        : "Leave the mapping away.",
      at,
    );
    return;
  }
  const resolved = resolveMapping(partitionMapping, above, partitions);
  if ("fault" in resolved) {
    const { what, whatToDo } = resolved.fault;
    problems.add(`${subject} has partitions that do not fit. ${what}`, whatToDo, at);
  }
}

function plainInput(upstream: AssetDefinition | SourceDefinition, stream: boolean): InputDefinition<never> {
  return {
    [brand]: "input" as const,
    upstream,
    stream,
    partitionMapping: null,
    partitions: "one",
    definedAt: null,
  };
}

function ownInput({ partitionMapping, stream, definedAt }: SelfInput, own: AssetDefinition): InputDefinition {
  return Object.freeze({
    [brand]: "input" as const,
    upstream: own,
    stream,
    partitionMapping,
    partitions: "several" as const,
    definedAt,
  });
}

/** What to do about a value that is undefined although it is imported. */
export const circularImport =
  "Two asset files probably import each other; move the shared asset to a third file.";
