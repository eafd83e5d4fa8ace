import type { PartitionMapping } from "../model/partitionMapping.ts";
import { brand, isBranded } from "./brand.ts";
import type { AssetDefinition, InputDefinition, SourceDefinition } from "./definition.ts";
import { captureDefinition, DefinitionProblems } from "./definitionError.ts";
import { completeMapping, completeWindow, type MappingForm, type WindowOptions } from "./mappingForms.ts";

/** What can say which of its partitions a consumer needs; without a word it is what goes without saying. */
export interface MappableInput<Single, Several> {
  /**
   * The windows of time from `startOffset` to `endOffset`, counted in the consumer's partitions from the one that
   * is made: `daily.window(-6, 0)` is the week that ends with it. What lies before the first window is left out.
   */
  window(startOffset: number, endOffset: number, options?: WindowOptions): InputDefinition<Several>;
  /** The last partition that exists. */
  last(): InputDefinition<Single>;
  /** Every partition that exists. */
  all(): InputDefinition<Several>;
  /** In other ways: `cities.mapping({ needs: { north: ["oslo", "bergen"], south: ["rome"] } })`. */
  mapping(form: MappingForm): InputDefinition<Several>;
}

/** What arrives of several partitions: rows as one array, other values as a record by partition key. */
export type OfPartitions<Output> = Output extends readonly unknown[]
  ? Output
  : Readonly<Record<string, Output>>;

/** The asset that is being declared, as one of its own inputs. */
export interface SelfInput<Streamed extends boolean = boolean> {
  readonly [brand]: "self";
  readonly partitionMapping: PartitionMapping;
  readonly stream: Streamed;
  readonly definedAt: Error;
}

/**
 * The asset that is being declared, for an input of its own earlier partitions: `self.window(-1, -1)` is the
 * partition before. Its rows are typed by the declared columns; before the first partition there are none.
 *
 * @example
 * export const total = asset("sales/total", {
 *   inputs: { sales, yesterday: self.window(-1, -1) },
 *   partitions: daily,
 *   columns: columns({ total: "double precision" }),
 *   materialize: ({ sales, yesterday }) => [{ total: (yesterday[0]?.total ?? 0) + sum(sales) }],
 * });
 */
export const self = Object.freeze({
  window(startOffset: number, endOffset: number, options?: WindowOptions): SelfInput<false> {
    const problems = new DefinitionProblems(captureDefinition(self.window));
    const partitionMapping = completeWindow(startOffset, endOffset, options, problems);
    if (endOffset >= 0) {
      problems.add(
        `self.window(${startOffset}, ${endOffset}) reaches up to the partition that is being made, or beyond it`,
        "An asset can only need its own earlier ones: self.window(-1, -1).",
      );
    }
    problems.throwIfAny();
    const { definedAt } = problems;
    return Object.freeze({ [brand]: "self" as const, partitionMapping, stream: false as const, definedAt });
  },
});

export function isSelf(value: unknown): value is SelfInput {
  return isBranded(value, "self");
}

/** The methods by which an asset, a source or a stream of one says which partitions are needed. */
export function mappable<Single, Several>(
  upstream: () => AssetDefinition | SourceDefinition,
  stream: boolean,
): MappableInput<Single, Several> {
  const methods: MappableInput<Single, Several> = {
    window: (...written) => {
      const problems = new DefinitionProblems(captureDefinition(methods.window));
      return mapped(completeWindow(written[0], written[1], written[2], problems), "several", problems);
    },
    last: () => mapped({ kind: "last" }, "one", problemsOf(methods.last)),
    all: () => mapped({ kind: "all" }, "several", problemsOf(methods.all)),
    mapping: form => {
      const problems = problemsOf(methods.mapping);
      return mapped(completeMapping(form, problems), "several", problems);
    },
  };
  return methods;

  function mapped<Loaded>(
    partitionMapping: PartitionMapping,
    partitions: InputDefinition["partitions"],
    problems: DefinitionProblems,
  ): InputDefinition<Loaded> {
    problems.throwIfAny();
    const { definedAt } = problems;
    return Object.freeze({
      [brand]: "input" as const,
      upstream: upstream(),
      stream,
      partitionMapping,
      partitions,
      definedAt,
    });
  }
}

function problemsOf(method: (...args: never[]) => unknown): DefinitionProblems {
  return new DefinitionProblems(captureDefinition(method));
}
