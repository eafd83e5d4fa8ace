import type { AutomationTrigger } from "../../model/automationNode.ts";
import {
  type MaterializationPosition,
  materializationPosition,
  newMaterializations,
  noteMaterializations,
} from "../../store/sensorEvents.ts";
import type { Trigger, TriggerEdge } from "./triggers.ts";

/** Due when an asset was materialized. */
export function assetTrigger(
  name: string,
  { asset, everySeconds }: Extract<AutomationTrigger, { kind: "asset" }>,
  { database, environment }: TriggerEdge,
): Trigger {
  return {
    begin: sql => materializationPosition(sql),
    idle: `no new materialization of ${asset}`,
    async collect(row, now) {
      const position = row.position as MaterializationPosition;
      const found = await newMaterializations(database, environment, name, asset, position, mostAtOnce);
      if (found.length === 0) return null;
      return {
        at: now,
        event: { kind: "materializations", materializations: found },
        write: sql => noteMaterializations(sql, environment, name, found, position),
        more: found.length === mostAtOnce,
      };
    },
    settled() {},
    next: (_row, lastTickAt) => lastTickAt + everySeconds * 1000,
    close() {},
  };
}

const mostAtOnce = 200;
