import { brand, isBranded } from "./brand.ts";
import { captureDefinition, DefinitionProblems } from "./definitionError.ts";
import { circularImport } from "./input.ts";
import { inWords } from "./inWords.ts";
import { isRecord } from "./labels.ts";

/** Something the outside offers, opened before a step or a tick and closed after it, whatever happened. */
export interface ResourceDefinition<T = unknown> {
  readonly [brand]: "resource";
  readonly name: string;
  readonly open: (context: ResourceContext) => Promise<T> | T;
  close(value: T): Promise<void> | void;
  readonly definedAt: Error;
}

export interface ResourceContext {
  /** Aborted when the run is canceled, or the tick takes too long. */
  readonly signal: AbortSignal;
}

export interface ResourceOptions<T> {
  /** Called before each step and each tick that asks for the resource. Read passwords here, not when the file loads. */
  readonly open: (context: ResourceContext) => Promise<T> | T;
  /** Called after it, also when it failed or was canceled; in the reverse order of opening. */
  readonly close?: (value: T) => Promise<unknown> | unknown;
}

/**
 * Declares something the outside offers: a client, a pool, a file that is open.
 * An asset or a sensor asks for it by `resources: { stationApi }` and receives what `open` answered as
 * `context.resources.stationApi`. A test hands in another value under the same name.
 *
 * @example
 * export const warehouse = resource("warehouse", {
 *   open: async () => connect(process.env.WAREHOUSE_URL),
 *   close: connection => connection.end(),
 * });
 */
export function resource<T>(name: string, options: ResourceOptions<T>): ResourceDefinition<T> {
  const definedAt = captureDefinition(resource);
  const problems = new DefinitionProblems(definedAt);
  if (typeof name !== "string" || name === "") {
    problems.add("A resource has no name", 'Write resource("stationApi", { open: () => client }).');
  }
  if (typeof options?.open !== "function") {
    problems.add(
      `The resource "${name}" has no function "open"`,
      `Write resource("${name}", { open: () => client, close: client => client.end() }).`,
    );
  } else if (options.close !== undefined && typeof options.close !== "function") {
    problems.add(
      `"close" of the resource "${name}" is not a function`,
      "Write close: client => client.end().",
    );
  }
  problems.throwIfAny();
  const { open, close } = options;
  return Object.freeze({
    [brand]: "resource" as const,
    name,
    open,
    close: async (value: T) => {
      await close?.(value);
    },
    definedAt,
  });
}

export function isResource(value: unknown): value is ResourceDefinition {
  return isBranded(value, "resource");
}

/** Resources by the names that an asset or a sensor gives them; says all that is wrong with them. */
export function completeResources(
  resources: unknown = {},
  subject: string,
  problems: DefinitionProblems,
): Readonly<Record<string, ResourceDefinition>> {
  if (!isRecord(resources) || isResource(resources)) {
    problems.add(`"resources" of ${subject} is not an object`, "Write resources: { stationApi }.");
    return {};
  }
  for (const [name, value] of Object.entries(resources)) {
    if (isResource(value)) continue;
    problems.add(
      `The resource "${name}" of ${subject} is ${inWords(value)}`,
      value === undefined ? circularImport : `Declare it: resource("${name}", { open: () => client }).`,
    );
  }
  return resources as Readonly<Record<string, ResourceDefinition>>;
}
