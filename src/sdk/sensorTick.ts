import {
  requestsWithoutFunction,
  type SensorEvent,
  type SensorOrder,
  type SensorOutcome,
  type SensorRequest,
  sensorLimits,
} from "../model/sensorTick.ts";
import type { AutomationDefinition } from "./automationDefinition.ts";
import type { Log } from "./context.ts";
import { inWords } from "./inWords.ts";
import { isAsyncIterable } from "./iterable.ts";
import { requestedPartitionKeys } from "./requestedPartitionKeys.ts";
import { isRunRequest, isSkipReason } from "./runRequest.ts";
import type { ReceivedCall, SensorContext } from "./sensorContext.ts";
import { StepResources } from "./stepResources.ts";
import { UserCode } from "./userCode.ts";

type Done = Omit<Extract<SensorOutcome, { status: "done" }>, "status" | "log">;

/**
 * Opens the resources of a sensor, calls its function once, and gathers what it answers; whatever happens, what was
 * opened is closed. Nothing of it has any effect yet; what is
 * beyond the limits is refused, and then nothing at all is requested.
 */
export async function runSensorTick(
  definition: AutomationDefinition,
  order: SensorOrder,
  { signal, log }: { signal: AbortSignal; log: Log },
): Promise<Done> {
  let { cursor } = order;
  const { run } = definition;
  const keys = requestedPartitionKeys();
  const userCode = new UserCode(signal, () => signal.reason);
  const resources = new StepResources({ signal, log }, userCode);
  try {
    if (run === null) return { ...withoutFunction(order), partitions: keys.changes(), cursor };
    const context: SensorContext = {
      name: order.name,
      cursor,
      setCursor(written) {
        cursor = checkedCursor(written);
      },
      at: new Date(order.at),
      lastTickAt: order.lastTickAt === null ? null : new Date(order.lastTickAt),
      partitions: keys.partitions,
      resources: await resources.open(definition.resources),
      signal,
      log,
      ...eventContext(order.event),
    };
    const { requests, reasons } = await userCode.run(async () => gather(await run(context), signal));
    return { requests, partitions: keys.changes(), cursor, reason: reasons.join("; ") || null };
  } finally {
    await resources.close();
  }
}

function withoutFunction({ event }: SensorOrder): Pick<Done, "requests" | "reason"> {
  return { requests: requestsWithoutFunction(event), reason: null };
}

function eventContext(event: SensorEvent): Record<string, unknown> {
  switch (event.kind) {
    case "none":
      return {};
    case "materializations":
      return { materializations: event.materializations };
    case "runs":
      return { runs: event.runs };
    case "files":
      return { files: event.files };
    case "notifications":
      return { notifications: event.payloads, mayHaveMissed: event.mayHaveMissed };
    case "calls":
      return {
        calls: event.calls.map((call): ReceivedCall => ({ ...call, json: () => JSON.parse(call.body) })),
      };
  }
}

async function gather(answer: unknown, signal: AbortSignal) {
  const requests: SensorRequest[] = [];
  const reasons: string[] = [];
  const take = (each: unknown) => {
    signal.throwIfAborted();
    if (each === null || each === undefined) return;
    if (isSkipReason(each)) reasons.push(each.reason.slice(0, 1_000));
    else if (isRunRequest(each)) {
      if (requests.push(checkedRequest(each)) > sensorLimits.requests) {
        throw new RangeError(
          `It asks for more than ${sensorLimits.requests} runs at one tick. Ask for the first of them, and set the cursor to go on at the next tick.`,
        );
      }
    } else {
      throw new TypeError(
        `It answers ${inWords(each)}. Answer runRequest({ … }), several of them, or skip("why").`,
      );
    }
  };
  if (isAsyncIterable(answer)) for await (const each of answer) take(each);
  else if (isIterable(answer)) for (const each of answer) take(each);
  else take(answer);
  return { requests, reasons };
}

function isIterable(value: unknown): value is Iterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.iterator in value;
}

function checkedRequest({ key, selection, partitions, partitionKeys }: SensorRequest): SensorRequest {
  const length = (key?.length ?? 0) + (selection?.length ?? 0) + (partitions?.length ?? 0);
  if (length > sensorLimits.text) {
    throw new RangeError(
      `A run request has a text of ${length} characters; ${sensorLimits.text} are the most.`,
    );
  }
  if ((partitionKeys?.length ?? 0) > sensorLimits.keys) {
    throw new RangeError(
      `A run request names ${partitionKeys?.length} partitions; ${sensorLimits.keys} are the most. Name a range.`,
    );
  }
  return { key, selection, partitions, partitionKeys };
}

function checkedCursor(written: unknown): string | null {
  if (written === null) return null;
  if (typeof written !== "string") {
    throw new TypeError(`setCursor is given ${inWords(written)}. Give it a text, such as JSON.stringify(…).`);
  }
  if (written.length <= sensorLimits.cursor) return written;
  throw new RangeError(
    `The cursor has ${written.length} characters; ${sensorLimits.cursor} are the most. Keep what is larger in a table.`,
  );
}
