import { type AutomationTrigger, isAutomationName } from "../model/automationNode.ts";
import { type Duration, secondsOf } from "../model/duration.ts";
import { optionNames } from "../model/optionNames.ts";
import type { AutomationDefinition } from "./automationDefinition.ts";
import { assetsInText, type SelectedAssets } from "./automationSelection.ts";
import { brand } from "./brand.ts";
import { captureDefinition, DefinitionProblems } from "./definitionError.ts";
import { inWords } from "./inWords.ts";
import { isRecord, rejectUnknownOptions } from "./labels.ts";
import { completeResources, type ResourceDefinition } from "./resource.ts";
import type { SensorAnswer } from "./sensorContext.ts";

/** Resources by the names that their user gives them. */
export type NamedResources = Readonly<Record<string, ResourceDefinition>>;

/** Nothing is asked for. */
export type NoResources = Record<never, ResourceDefinition>;

/** What may be said of every sensor and schedule. */
export interface AutomationOptions<Context, Resources extends NamedResources> extends SelectedAssets {
  /** What it is for, for the people who read it. */
  readonly description?: string;
  /** `false`: it is off until somebody switches it on. */
  readonly on?: boolean;
  /** What the outside offers, opened before the function is called and closed after it: `resources: { stationApi }`. */
  readonly resources?: Resources;
  /** Decides what is requested: answers run requests, or why there are none. */
  readonly run?: (context: Context) => SensorAnswer | Promise<SensorAnswer>;
}

/** The same, with how often it is looked when nobody says that something happened. */
export interface PolledOptions<Context, Resources extends NamedResources>
  extends AutomationOptions<Context, Resources> {
  /** "30 s" when nothing is said; at least a second. */
  readonly every?: Duration;
}

/** What every definer of an automation begins with: its own options, and how it completes its trigger. */
interface Form {
  /** How users call it. */
  readonly definer: Exclude<keyof typeof optionNames, "asset" | "sqlAsset" | "source" | "timePartitions">;
  readonly kind: AutomationDefinition["kind"];
  readonly needsFunction: boolean;
  /** What a right call looks like. */
  readonly example: string;
}

/** The definition of a sensor or a schedule made complete; throws all that is wrong with it. */
export function completeAutomation(
  { definer, kind, needsFunction, example }: Form,
  name: unknown,
  options: unknown,
  definedBy: (...args: never[]) => unknown,
  completeTrigger: (
    options: Readonly<Record<string, unknown>>,
    subject: string,
    problems: DefinitionProblems,
  ) => AutomationTrigger | null,
): AutomationDefinition {
  const definedAt = captureDefinition(definedBy);
  const problems = new DefinitionProblems(definedAt);
  if (typeof name !== "string" || !isAutomationName(name)) {
    problems.add(
      `A ${kind} is given ${inWords(name)} as its name`,
      `Write ${example}: letters, digits, "_", "-" and ".".`,
    );
    return problems.raise();
  }
  const subject = `${kind} "${name}"`;
  if (!isRecord(options)) {
    problems.add(`The options of ${subject} are ${inWords(options)}`, `Write ${example}.`);
    return problems.raise();
  }
  rejectUnknownOptions(options, optionNames[definer], subject, problems);
  const { description = null, on = true, run = null } = options as AutomationOptions<unknown, never>;
  if (description !== null && typeof description !== "string") {
    problems.add(`The description of ${subject} is ${inWords(description)}`, "Write a text.");
  }
  if (typeof on !== "boolean") problems.add(`"on" of ${subject} is ${inWords(on)}`, "Write on: false.");
  if (run !== null && typeof run !== "function") {
    problems.add(`"run" of ${subject} is ${inWords(run)}`, `Write a function: ${example}.`);
  }
  const resources = completeResources(options.resources, subject, problems);
  if (run === null && Object.keys(resources).length > 0) {
    problems.add(
      `The ${subject} asks for resources, and has no function that they are opened for`,
      `Write a function "run", or leave "resources" out.`,
    );
  }
  const selection = assetsInText(options, subject, problems);
  if (run === null && needsFunction)
    problems.add(`The ${subject} has no function "run"`, `Write ${example}.`);
  else if (run === null && selection === null) {
    problems.add(
      `The ${subject} says neither what it makes nor how to decide it`,
      `Write assets: [readings], or a function "run": ${definer} calls it.`,
    );
  }
  const trigger = completeTrigger(options, subject, problems);
  if (trigger === null) return problems.raise();
  problems.throwIfAny();
  return Object.freeze({
    [brand]: "automation" as const,
    kind,
    name,
    description,
    selection,
    trigger,
    on,
    resources,
    run: run as AutomationDefinition["run"],
    definedAt,
  });
}

/** The option `every` in seconds. */
export function completeEvery(
  { every = "30 s" }: { readonly every?: unknown },
  subject: string,
  problems: DefinitionProblems,
): number {
  const seconds = secondsOf(every);
  if (seconds === null) problems.add(`"every" of ${subject} is ${inWords(every)}`, 'Write every: "30 s".');
  else if (seconds < 1 || seconds > 86_400 * 366) {
    problems.add(`"every" of ${subject} is ${inWords(every)}`, "Write a time from a second to a year.");
  }
  return seconds ?? 0;
}

/** Secrets are named by the variable that holds them. */
export function isVariableName(value: unknown): boolean {
  return typeof value === "string" && /^[A-Za-z_]\w*$/.test(value);
}
