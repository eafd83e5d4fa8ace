import { type Duration, secondsOf } from "../model/duration.ts";
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
import { isListOfTexts } from "./labels.ts";
import type { FileSensorContext } from "./sensorContext.ts";

export interface FileSensorOptions<Resources extends NamedResources = NoResources>
  extends PolledOptions<FileSensorContext<OpenedResources<Resources>>, Resources> {
  /** Which files, relative to the workspace root: "incoming/*.csv", or several patterns. */
  readonly files: string | readonly string[];
  /** A file counts when nothing was written to it for so long; "50 ms" when nothing is said, in seconds or words. */
  readonly settle?: Duration;
}

/**
 * Declares a sensor that is called when files appear or are written: at once where the file system tells of it,
 * and by looking every now and then. Each version of a file is handed over once. Without a function it requests
 * its assets.
 *
 * @example
 * export const newReadings = fileSensor("new_readings", {
 *   files: "incoming/*.csv",
 *   assets: [readings],
 *   run: ({ files }) => files.map(file => runRequest({ partition: dayOf(file.path) })),
 * });
 */
export function fileSensor<const Resources extends NamedResources = NoResources>(
  name: string,
  options: FileSensorOptions<Resources>,
): AutomationDefinition {
  const form = {
    definer: "fileSensor",
    kind: "sensor",
    needsFunction: false,
    example: 'fileSensor("new_readings", { files: "incoming/*.csv", assets: [readings] })',
  } as const;
  return completeAutomation(form, name, options, fileSensor, (given, subject, problems) => {
    const patterns = typeof given.files === "string" ? [given.files] : given.files;
    if (!isListOfTexts(patterns) || patterns.length === 0) {
      problems.add(`"files" of ${subject} is ${inWords(given.files)}`, 'Write files: "incoming/*.csv".');
    } else if (patterns.some(it => it.startsWith("/") || it.split(/[\\/]/).includes(".."))) {
      problems.add(
        `"files" of ${subject} leads out of the workspace`,
        'Write it relative to the root: "incoming/*.csv".',
      );
    }
    const settle = secondsOf(given.settle ?? 0.05);
    if (settle === null || settle < 0 || settle > 3600) {
      problems.add(`"settle" of ${subject} is ${inWords(given.settle)}`, 'Write a time such as "2 s".');
    }
    return {
      kind: "file",
      patterns: patterns as string[],
      settleMs: Math.round((settle ?? 0) * 1000),
      everySeconds: completeEvery(given, subject, problems),
    };
  });
}
