import {
  type DimensionMapping,
  overlappingWindows,
  type PartitionMapping,
  type SimpleMapping,
} from "../model/partitionMapping.ts";
import type { DefinitionProblems } from "./definitionError.ts";
import { inWords } from "./inWords.ts";
import { isListOfTexts, isRecord } from "./labels.ts";

/** What `.mapping({ … })` may be given: which upstream partitions one of the consumer's needs, in one of these ways. */
export type MappingForm =
  | SimpleMappingForm
  /** One of the two assets has several dimensions, the other one only this: `{ dimension: "city" }`. */
  | { readonly dimension: string }
  /**
   * Both have several dimensions: for each upstream dimension the consumer's own that needs it.
   * `{ dimensions: { day: "day", city: { to: "region", needs: { north: ["oslo", "bergen"] } } } }`
   * Of a dimension that is not named all partitions are needed.
   */
  | { readonly dimensions: Readonly<Record<string, string | DimensionForm>> };

/** What can also map one dimension to another. */
export type SimpleMappingForm =
  /** The partition with the same key. */
  | { readonly sameKey: true }
  | { readonly all: true }
  /** The last one that exists. */
  | { readonly last: true }
  /** These, whatever partition is made. */
  | { readonly keys: readonly string[] }
  /** A table from the consumer's keys to the upstream ones: `{ needs: { north: ["oslo", "bergen"] } }`. */
  | { readonly needs: Readonly<Record<string, string | readonly string[]>> }
  /** Windows of time from so many before to so many after: `{ window: [-6, 0] }`. */
  | ({ readonly window: readonly [startOffset: number, endOffset: number] } & WindowOptions);

/** How one dimension maps to the consumer's dimension `to`; without more words, in the way that goes without saying. */
export type DimensionForm = { readonly to: string } & (
  | SimpleMappingForm
  | { readonly [Way in WayName]?: never }
);

type WayName = "sameKey" | "all" | "last" | "keys" | "needs" | "window";

export interface WindowOptions {
  /** True: windows that the upstream asset does not have are left out. By default the step then does not run. */
  readonly allowNonexistent?: boolean;
}

/** The mapping that a form means; says what is wrong with one that means none. */
export function completeMapping(form: unknown, problems: DefinitionProblems): PartitionMapping {
  if (isRecord(form) && typeof form.dimension === "string" && Object.keys(form).length === 1) {
    return { kind: "multiToSingle", dimension: form.dimension };
  }
  if (isRecord(form) && isRecord(form.dimensions) && Object.keys(form).length === 1) {
    const dimensions = Object.entries(form.dimensions).map(([name, written]) => {
      return [name, completeDimension(name, written, problems)] as const;
    });
    return { kind: "multi", dimensions: Object.fromEntries(dimensions) };
  }
  return completeSimple(form, ".mapping()", problems);
}

/** Windows moved by so many of the consumer's partitions; says what is wrong with the numbers. */
export function completeWindow(
  startOffset: unknown,
  endOffset: unknown,
  options: unknown,
  problems: DefinitionProblems,
): SimpleMapping {
  const example = "Write whole numbers, from the first window to the last: .window(-6, 0).";
  const [wrong] = [startOffset, endOffset].filter(it => !Number.isSafeInteger(it)).map(inWords);
  if (wrong !== undefined) {
    problems.add(`A window is moved by ${wrong} partitions`, example);
    return overlappingWindows;
  }
  const [start, end] = [startOffset as number, endOffset as number];
  if (start > end) problems.add(`The window from ${start} to ${end} ends before it begins`, example);
  const { allowNonexistent = false, ...others } = isRecord(options) ? options : {};
  const isRight = (options === undefined || isRecord(options)) && typeof allowNonexistent === "boolean";
  if (!isRight || Object.keys(others).length > 0) {
    problems.add(
      `The options of a window are ${inWords(options)}`,
      "The only one is { allowNonexistent: true }.",
    );
  }
  return {
    kind: "timeWindow",
    startOffset: start,
    endOffset: end,
    allowNonexistent: allowNonexistent === true,
  };
}

function completeDimension(name: string, written: unknown, problems: DefinitionProblems): DimensionMapping {
  if (typeof written === "string") return { downstreamDimension: written, mapping: null };
  const { to, ...form } = isRecord(written) ? written : {};
  if (typeof to !== "string") {
    problems.add(
      `The dimension "${name}" is mapped to ${inWords(written)}`,
      `Name the consumer's dimension: { dimensions: { ${name}: "${name}" } }.`,
    );
    return { downstreamDimension: name, mapping: null };
  }
  const isBare = Object.keys(form).length === 0;
  return {
    downstreamDimension: to,
    mapping: isBare ? null : completeSimple(form, `The dimension "${name}"`, problems),
  };
}

function completeSimple(form: unknown, subject: string, problems: DefinitionProblems): SimpleMapping {
  const { allowNonexistent, ...ways } = isRecord(form) ? form : {};
  const [way, ...others] = Object.entries(ways);
  const isWindow = way?.[0] === "window";
  const mapping =
    way !== undefined && others.length === 0 && (allowNonexistent === undefined || isWindow)
      ? mappingOf(way, allowNonexistent, problems)
      : null;
  if (mapping !== null) return mapping;
  problems.add(
    `${subject} is given ${isRecord(form) ? JSON.stringify(form) : inWords(form)}`,
    'Write one of { sameKey: true }, { all: true }, { last: true }, { keys: ["…"] }, { needs: { "…": ["…"] } }, { window: [-6, 0] }, { dimension: "…" } and { dimensions: { … } }.',
  );
  return { kind: "all" };
}

function mappingOf(
  [way, value]: readonly [string, unknown],
  allowNonexistent: unknown,
  problems: DefinitionProblems,
): SimpleMapping | null {
  switch (way) {
    case "sameKey":
      return value === true ? { kind: "identity" } : null;
    case "all":
    case "last":
      return value === true ? { kind: way } : null;
    case "keys":
      return isListOfTexts(value) && value.length > 0 ? { kind: "specific", keys: value } : null;
    case "needs":
      return isTable(value) ? { kind: "static", map: byUpstream(value) } : null;
    case "window":
      if (!Array.isArray(value) || value.length !== 2) return null;
      return completeWindow(
        value[0],
        value[1],
        allowNonexistent === undefined ? undefined : { allowNonexistent },
        problems,
      );
    default:
      return null;
  }
}

type Table = Readonly<Record<string, string | readonly string[]>>;

function isTable(value: unknown): value is Table {
  return isRecord(value) && Object.values(value).every(it => typeof it === "string" || isListOfTexts(it));
}

function byUpstream(table: Table): Record<string, string[]> {
  const map = new Map<string, string[]>();
  for (const [downstream, needed] of Object.entries(table)) {
    for (const upstream of typeof needed === "string" ? [needed] : needed) {
      map.set(upstream, [...(map.get(upstream) ?? []), downstream]);
    }
  }
  return Object.fromEntries(map);
}
