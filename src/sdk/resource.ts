import { brand, isBranded } from "./brand.ts";
import { captureDefinition, DefinitionProblems } from "./definitionError.ts";

/** Something the outside offers, opened before a step and closed after it, whatever happened. */
export interface ResourceDefinition<T = unknown> {
  readonly [brand]: "resource";
  readonly name: string;
  readonly open: (context: ResourceContext) => Promise<T> | T;
  close(value: T): Promise<void> | void;
  readonly definedAt: Error;
}

export interface ResourceContext {
  /** Aborted when the run is canceled. */
  readonly signal: AbortSignal;
}

export interface ResourceOptions<T> {
  /** Called before each step that asks for the resource. Read passwords here, not when the file loads. */
  readonly open: (context: ResourceContext) => Promise<T> | T;
  /** Called after the step, also when it failed or was canceled; in the reverse order of opening. */
  readonly close?: (value: T) => Promise<unknown> | unknown;
}

/**
 * Declares something the outside offers: a client, a pool, a file that is open.
 * An asset asks for it by `resources: { stationApi }` and receives what `open` answered as
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
