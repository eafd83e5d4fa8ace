import { type AssetKey, parseAssetKey } from "../model/assetKey.ts";
import type { OpenedResources } from "./assetOptions.ts";
import type { AutomationDefinition } from "./automationDefinition.ts";
import {
  completeAutomation,
  completeEvery,
  type NamedResources,
  type NoResources,
  type PolledOptions,
} from "./automationParts.ts";
import { type AssetDefinition, isAsset, isSource, type SourceDefinition } from "./definition.ts";
import { inWords } from "./inWords.ts";
import type { AssetSensorContext } from "./sensorContext.ts";

export interface AssetSensorOptions<Resources extends NamedResources = NoResources>
  extends PolledOptions<AssetSensorContext<OpenedResources<Resources>>, Resources> {
  /** The asset whose materializations it waits for. */
  readonly asset: AssetDefinition | SourceDefinition<never> | string;
}

/**
 * Declares a sensor that is called when an asset was materialized. Without a function it requests its assets,
 * of the same partitions when they have any.
 *
 * @example
 * export const afterOrders = assetSensor("after_orders", {
 *   asset: orders,
 *   run: ({ materializations }) => materializations.map(it => runRequest({ selection: "report", key: it.id })),
 * });
 */
export function assetSensor<const Resources extends NamedResources = NoResources>(
  name: string,
  options: AssetSensorOptions<Resources>,
): AutomationDefinition {
  const form = {
    definer: "assetSensor",
    kind: "sensor",
    needsFunction: false,
    example: 'assetSensor("after_orders", { asset: orders, assets: [report] })',
  } as const;
  return completeAutomation(form, name, options, assetSensor, (given, subject, problems) => {
    const { asset } = given;
    const parsed = typeof asset === "string" ? parseAssetKey(asset) : null;
    const key: AssetKey | null =
      isAsset(asset) || isSource(asset) ? asset.key : parsed && "key" in parsed ? parsed.key : null;
    if (key === null) {
      problems.add(`"asset" of ${subject} is ${inWords(asset)}`, "Name an asset or its key: asset: orders.");
    }
    return {
      kind: "asset",
      asset: key as AssetKey,
      everySeconds: completeEvery(given, subject, problems),
    };
  });
}
