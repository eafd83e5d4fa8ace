import { type AssetKey, parseAssetKey } from "../model/assetKey.ts";
import { optionNames } from "../model/optionNames.ts";
import type { AssetOptions } from "./assetOptions.ts";
import { completeParts } from "./assetParts.ts";
import { brand } from "./brand.ts";
import { type CheckBuilder, type CheckForm, checkBuilder, completeChecks } from "./checkForms.ts";
import type { Columns } from "./columns.ts";
import type { AssetDefinition } from "./definition.ts";
import { captureDefinition, DefinitionProblems } from "./definitionError.ts";
import type { Input } from "./input.ts";
import { inWords } from "./inWords.ts";
import { completeLabels, isRecord, rejectUnknownOptions } from "./labels.ts";
import { type MappableInput, mappable, type OfPartitions } from "./mappedInput.ts";
import type { OutputOf, Returnable, RowOfOutput } from "./output.ts";
import { queryOptions, requireDatabase, requireSqlChecks } from "./queryParts.ts";
import type { ResourceDefinition } from "./resource.ts";

/** A declared asset. Name it in the `inputs` of another to receive its data there. */
export interface Asset<Output = unknown>
  extends AssetDefinition<Output>,
    MappableInput<Output, OfPartitions<Output>> {
  /**
   * The same asset with more checks, which know its rows and columns.
   *
   * @example
   * export const readings = asset("weather/readings", { materialize: readStations }).checks(
   *   ({ rows, notNull }) => [
   *     notNull("city", { blocking: true }),
   *     rows("plausible", async readings => {
   *       for await (const { celsius } of readings) if (celsius > 60) return `${celsius} °C is too hot`;
   *     }),
   *   ],
   * );
   */
  checks(
    declare: (check: CheckBuilder<RowOfOutput<Output>>) => readonly CheckForm<RowOfOutput<Output>>[],
  ): Asset<Output>;
}

/**
 * Declares an asset: data that should exist, and the function that makes it.
 *
 * The key names it everywhere: components joined by "/", written as a literal. What the function returns is
 * stored by the asset's I/O manager; without one, rows go to a table of the state database, "weather/readings"
 * to the table `readings` in the schema `weather`. What consumers receive is typed by what it returns.
 *
 * Throws a DefinitionError that names this line when something about the definition is wrong.
 *
 * @example
 * export const cityAverages = asset("weather/city_averages", {
 *   description: "One row per city.",
 *   inputs: { readings },
 *   checks: [notNull("city", { blocking: true })],
 *   materialize: ({ readings }) => averageByCity(readings),
 * });
 */
export function asset<
  Returned extends Returnable<Declared>,
  const Inputs extends Readonly<Record<string, Input>> = Record<never, Input>,
  const Resources extends Readonly<Record<string, ResourceDefinition>> = Record<never, ResourceDefinition>,
  const Declared extends Columns | undefined = undefined,
>(
  key: string,
  options: AssetOptions<Inputs, Resources, Declared, Returned>,
): Asset<OutputOf<Returned, Declared>> {
  return withChecks(completeAsset(key, options, { definedAt: captureDefinition(asset), isQuery: false }));
}

/** The definition of an asset, made by a function or by SQL; throws all that is wrong with it. */
export function completeAsset(
  written: string,
  options: unknown,
  { definedAt, isQuery }: Pick<AssetDefinition, "definedAt" | "isQuery">,
): AssetDefinition<never> {
  const problems = new DefinitionProblems(definedAt);
  const [definer, made] = isQuery
    ? ["sqlAsset", `sql: ({ orders }) => sql\`select … from \${orders}\``]
    : ["asset", "materialize: () => rows"];
  const key = completeKey(written, problems);
  const subject = `asset "${key}"`;
  if (!isRecord(options)) {
    problems.add(
      `The options of ${subject} are ${inWords(options)}`,
      `Write ${definer}("${key}", { ${made} }).`,
    );
    return problems.raise();
  }
  rejectUnknownOptions(options, optionNames[isQuery ? "sqlAsset" : "asset"], subject, problems);
  const labels = completeLabels(options, subject, problems);
  // What `self` among the inputs stands for; it is filled when they have been read.
  const own = {} as AssetDefinition<never>;
  const parts = completeParts(isQuery ? queryOptions(options, key, problems) : options, key, own, problems);
  if (isQuery) requireDatabase({ key, ...parts }, own, problems);
  problems.throwIfAny();
  return Object.assign(own, {
    [brand]: "asset" as const,
    key,
    ...labels,
    ...parts,
    isQuery,
    definedAt,
  });
}

function completeKey(written: unknown, problems: DefinitionProblems): AssetKey {
  const example = 'Write asset("raw/orders", { … }).';
  const parsed = typeof written === "string" ? parseAssetKey(written) : { error: example };
  if ("key" in parsed) return parsed.key;
  problems.add(`An asset is given ${inWords(written)} as its key`, parsed.error);
  return problems.raise();
}

/** Adds the methods by which users say which partitions they need, and the one by which users declare more checks; each call answers a new definition. */
export function withChecks<Output>(definition: AssetDefinition<Output>): Asset<Output> {
  const subject = `asset "${definition.key}"`;
  const declared: Asset<Output> = {
    ...definition,
    ...mappable<Output, OfPartitions<Output>>(() => declared, false),
    checks(declare) {
      const problems = new DefinitionProblems(captureDefinition(declared.checks));
      if (typeof declare !== "function") {
        problems.add(
          `"checks" of ${subject} is given ${inWords(declare)}`,
          'Write .checks(({ rows, notNull }) => [notNull("city")]).',
        );
        return problems.raise();
      }
      const more = declare(checkBuilder as unknown as CheckBuilder<RowOfOutput<Output>>);
      const all = completeChecks([...definition.checkDefinitions, ...more], definition, problems);
      if (definition.isQuery) requireSqlChecks(definition.key, all, problems);
      problems.throwIfAny();
      return withChecks({ ...definition, checkDefinitions: all });
    },
  };
  return Object.freeze(declared);
}
