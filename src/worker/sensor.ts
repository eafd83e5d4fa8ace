import type { LogLine } from "../model/run.ts";
import { type SensorOrder, type SensorOutcome, sensorLimits } from "../model/sensorTick.ts";
import type { AutomationDefinition } from "../sdk/automationDefinition.ts";
import type { Log } from "../sdk/context.ts";
import { logTo } from "../sdk/log.ts";
import type { ResourceDefinition } from "../sdk/resource.ts";
import { runSensorTick } from "../sdk/sensorTick.ts";
import { locateError, toRunError } from "./location.ts";
import { runWithLog } from "./log.ts";

/** Evaluates a sensor once; whatever happens, the answer says how it ended, and it is never large. */
export async function evaluateSensor(
  definition: AutomationDefinition,
  order: SensorOrder,
  {
    root,
    signal,
    evaluating,
  }: { root: string; signal: AbortSignal; evaluating: (name: string | null) => void },
): Promise<SensorOutcome> {
  const { log, lines } = boundedLog();
  // Should it never come back, the last that was said tells who holds the process.
  const told = tellingOf(definition, work => {
    evaluating(order.name);
    try {
      return work();
    } finally {
      evaluating(null);
    }
  });
  try {
    const done = await runWithLog(log, () => runSensorTick(told, order, { signal, log }));
    return { status: "done", ...done, log: lines() };
  } catch (error) {
    const { message, stack, ...thrownAt } = toRunError(error, root);
    // What it wrongly answered was thrown by nobody's line: the sensor's own is where to look.
    const place = thrownAt.file === null ? locateError(definition.definedAt, root) : thrownAt;
    const cut = (text: string) => text.slice(0, sensorLimits.text);
    return {
      status: "failed",
      error: { ...place, message: cut(message), stack: stack === null ? null : cut(stack) },
      log: lines(),
    };
  }
}

/** The same definition, all of whose code is called by way of `tell`. */
function tellingOf(
  { run, resources, ...rest }: AutomationDefinition,
  tell: <T>(work: () => T) => T,
): AutomationDefinition {
  const telling = new Map<ResourceDefinition, ResourceDefinition>();
  for (const resource of Object.values(resources)) {
    telling.set(resource, {
      ...resource,
      open: context => tell(() => resource.open(context)),
      close: value => tell(() => resource.close(value)),
    });
  }
  return {
    ...rest,
    run: run && (context => tell(() => run(context))),
    resources: Object.fromEntries(
      Object.entries(resources).map(([name, resource]) => [name, telling.get(resource) ?? resource]),
    ),
  };
}

/** Keeps the first lines; of the rest it keeps the count. */
function boundedLog(): { log: Log; lines(): LogLine[] } {
  const kept: LogLine[] = [];
  let characters = 0;
  let dropped = 0;
  const log = logTo((level, written) => {
    if (kept.length >= sensorLimits.logLines || characters >= sensorLimits.logCharacters) {
      dropped++;
      return;
    }
    const message = written.slice(0, sensorLimits.logCharacters - characters);
    characters += message.length;
    kept.push({ at: new Date().toISOString(), level, asset: null, message });
  });
  const lines = () => {
    if (dropped === 0) return kept;
    const message = `${dropped} more lines were left out.`;
    return [...kept, { at: new Date().toISOString(), level: "warn" as const, asset: null, message }];
  };
  return { log, lines };
}
