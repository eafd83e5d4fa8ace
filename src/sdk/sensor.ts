import type { OpenedResources } from "./assetOptions.ts";
import type { AutomationDefinition } from "./automationDefinition.ts";
import {
  completeAutomation,
  completeEvery,
  type NamedResources,
  type NoResources,
  type PolledOptions,
} from "./automationParts.ts";
import type { SensorContext } from "./sensorContext.ts";

export interface SensorOptions<Resources extends NamedResources = NoResources>
  extends PolledOptions<SensorContext<OpenedResources<Resources>>, Resources> {
  readonly run: NonNullable<PolledOptions<SensorContext<OpenedResources<Resources>>, Resources>["run"]>;
}

/**
 * Declares a sensor: a function that looks, every now and then, whether runs are to be requested.
 * The cursor that it sets is kept in the transaction that writes the runs it requests, so nothing is
 * requested twice and nothing is lost, whenever the daemon dies.
 *
 * @example
 * export const newOrders = sensor("new_orders", {
 *   assets: [orders],
 *   every: "10 s",
 *   run: async ({ cursor, setCursor }) => {
 *     const newest = await newestOrderId();
 *     if (newest === cursor) return skip(`no order after ${cursor}`);
 *     setCursor(newest);
 *     return runRequest();
 *   },
 * });
 */
export function sensor<const Resources extends NamedResources = NoResources>(
  name: string,
  options: SensorOptions<Resources>,
): AutomationDefinition {
  const form = {
    definer: "sensor",
    kind: "sensor",
    needsFunction: true,
    example: `sensor("new_orders", { assets: [orders], run: ({ cursor }) => runRequest() })`,
  } as const;
  return completeAutomation(form, name, options, sensor, (given, subject, problems) => ({
    kind: "interval",
    everySeconds: completeEvery(given, subject, problems),
  }));
}
