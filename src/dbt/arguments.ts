import type { DbtOrder, DbtPlace, DbtWindow } from "./dbt.ts";

/** The command line of an invocation, without the program; what a warm process adds is not here. */
export function runArguments(order: DbtOrder): string[] {
  const { command, select, fullRefresh, window, threads, flags } = order;
  const takesRefresh = command === "build" || command === "run" || command === "seed";
  const takesWindow = command === "build" || command === "run";
  return [
    command,
    "--select",
    ...select.map(selectorOf),
    "--indirect-selection",
    "empty",
    ...(takesRefresh && fullRefresh ? ["--full-refresh"] : []),
    ...(takesWindow && window?.isEventTime
      ? ["--event-time-start", inUtc(window.start), "--event-time-end", inUtc(window.end)]
      : []),
    ...(threads === null ? [] : ["--threads", String(threads)]),
    ...placeArguments(order),
    "--target-path",
    order.folder,
    relationCache(select),
    ...flags,
  ];
}

/**
 * dbt can look up relations when it needs them, which is quickest for one node. Several at once would then note
 * relations that one of them is just renaming ("Cache inconsistency detected"), so theirs are looked up before.
 */
function relationCache(select: readonly string[]): string {
  const writers = select.filter(it => !/^(unit_)?test\./.test(it));
  return writers.length > 1 ? "--cache-selected-only" : "--no-populate-cache";
}

/** What every command takes that reads the project. */
export function placeArguments({ project, profiles, target, vars, cache }: DbtPlace): string[] {
  return [
    "--project-dir",
    project,
    ...(profiles === null ? [] : ["--profiles-dir", profiles]),
    ...(target === null ? [] : ["--target", target]),
    ...(Object.keys(vars).length === 0 ? [] : ["--vars", JSON.stringify(vars)]),
    "--log-path",
    cache,
    "--log-level-file",
    "none",
    "--no-use-colors",
    "--no-send-anonymous-usage-stats",
  ];
}

/** The variables that an invocation gets beside the ones of its place: the window, in the words of libpq. */
export function windowEnvironment(
  window: DbtWindow | null,
  options: string | undefined,
): { PGOPTIONS: string } | null {
  if (window === null) return null;
  const settings = Object.entries({
    "millrace.partition_start": window.start,
    "millrace.partition_end": window.end,
    "millrace.partition_key": window.key,
  })
    .filter(([, value]) => value !== "")
    .map(([name, value]) => `-c ${name}=${value.replace(/[\\\s]/g, "\\$&")}`);
  return { PGOPTIONS: [...(options ? [options] : []), ...settings].join(" ") };
}

/**
 * One node in dbt's grammar, exactly. Its unique id says what it is, so that no manifest has to be read; a bare
 * name would also select a folder or a package that is called the same.
 */
export function selectorOf(uniqueId: string): string {
  const [type = "", project = "", ...rest] = uniqueId.split(".");
  const isGenericTest = type === "test" && rest.length > 1 && /^[0-9a-f]{10}$/.test(rest.at(-1) ?? "");
  const name = (isGenericTest ? rest.slice(0, -1) : rest).join(".");
  if (name === "")
    throw new Error(`"${uniqueId}" is no unique id of dbt. Write one such as "model.shop.orders".`);
  return `fqn:*.${literally(name)},package:${literally(project)},resource_type:${type}`;
}

/** Characters that mean something in a selection stand for themselves as "any character". */
export function literally(name: string): string {
  return name.replace(/[\s,:+@*[\]"']/g, "?");
}

/** Event times have no zone: they are UTC. */
function inUtc(time: string): string {
  return new Date(time).toISOString().slice(0, 19);
}
