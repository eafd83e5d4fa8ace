import type { ResourceDefinition } from "./resource.ts";

/** A value to use instead of a resource, in a unit test. */
export interface ResourceOverride {
  readonly resource: ResourceDefinition;
  readonly value: unknown;
}

/**
 * Gives a resource another value for `materialize([…])`, by reference: the value must fit its type.
 *
 * @example
 * await materialize([readings], { resources: [override(stationApi, { readings: async () => [] })] });
 */
export function override<T>(resource: ResourceDefinition<T>, value: NoInfer<T>): ResourceOverride {
  return { resource: resource as ResourceDefinition, value };
}

/** Overrides are a list; resources given by name are an object. */
export function isOverrides(
  given: Readonly<Record<string, unknown>> | readonly ResourceOverride[],
): given is readonly ResourceOverride[] {
  return Array.isArray(given);
}
