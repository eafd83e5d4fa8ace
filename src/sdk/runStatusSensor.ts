import type { EndedRunStatus } from "../model/automationNode.ts";
import type { OpenedResources } from "./assetOptions.ts";
import type { AutomationDefinition } from "./automationDefinition.ts";
import {
  completeAutomation,
  completeEvery,
  type NamedResources,
  type NoResources,
  type PolledOptions,
} from "./automationParts.ts";
import { inWords } from "./inWords.ts";
import type { RunStatusSensorContext } from "./sensorContext.ts";

export interface RunStatusSensorOptions<Resources extends NamedResources = NoResources>
  extends PolledOptions<RunStatusSensorContext<OpenedResources<Resources>>, Resources> {
  /** How the runs ended that it is called for: "failed", or several. */
  readonly status: EndedRunStatus | readonly EndedRunStatus[];
  readonly run: NonNullable<
    PolledOptions<RunStatusSensorContext<OpenedResources<Resources>>, Resources>["run"]
  >;
}

const endedStatuses = ["succeeded", "failed", "canceled"] as const;

/**
 * Declares a sensor that is called when runs have ended in a certain way; for each run once. The runs that it
 * requests itself are left out.
 *
 * @example
 * export const alarm = runStatusSensor("alarm", {
 *   status: "failed",
 *   run: async ({ runs }) => void (await notify(runs.map(it => `${it.selection}: ${it.error}`))),
 * });
 */
export function runStatusSensor<const Resources extends NamedResources = NoResources>(
  name: string,
  options: RunStatusSensorOptions<Resources>,
): AutomationDefinition {
  const form = {
    definer: "runStatusSensor",
    kind: "sensor",
    needsFunction: true,
    example: 'runStatusSensor("alarm", { status: "failed", run: ({ runs }) => tell(runs) })',
  } as const;
  return completeAutomation(form, name, options, runStatusSensor, (given, subject, problems) => {
    const statuses = [given.status].flat() as EndedRunStatus[];
    if (statuses.length === 0 || !statuses.every(it => endedStatuses.includes(it))) {
      problems.add(
        `"status" of ${subject} is ${inWords(given.status)}`,
        'Write "succeeded", "failed", "canceled", or several of them.',
      );
    }
    return { kind: "runStatus", statuses, everySeconds: completeEvery(given, subject, problems) };
  });
}
