import type { AutomationTrigger } from "../model/automationNode.ts";
import { type brand, isBranded } from "./brand.ts";
import type { ResourceDefinition } from "./resource.ts";
import type { SensorContext } from "./sensorContext.ts";

/** A sensor or a schedule as the worker sees it: complete, untyped, checked. */
export interface AutomationDefinition {
  readonly [brand]: "automation";
  readonly kind: "sensor" | "schedule";
  readonly name: string;
  readonly description: string | null;
  /** What its runs make, unless a request says otherwise. */
  readonly selection: string | null;
  readonly trigger: AutomationTrigger;
  readonly on: boolean;
  /** Opened before its function is called, and closed after it. */
  readonly resources: Readonly<Record<string, ResourceDefinition>>;
  /** Null: its trigger alone decides. */
  readonly run: ((context: SensorContext) => unknown) | null;
  /** Its stack's first line is where it is written (`definitionPlace`). */
  readonly definedAt: Error;
}

/** Known by its brand: another copy of the SDK may have made it. */
export function isAutomation(value: unknown): value is AutomationDefinition {
  return isBranded(value, "automation");
}
