import { resolve } from "node:path";
import { ConfigurationError, type Overrides } from "../engine/configuration.ts";
import type { DbtRequest, DbtRunOptions } from "../model/dbtNode.ts";
import type { RunSummary } from "../model/run.ts";
import type { WorkspaceOptions } from "./workspace.ts";

/** What a command line says of dbt, as commander hands it over. */
export interface DbtFlags {
  target?: string;
  vars?: string;
  state?: string;
  defer?: boolean;
  fullRefresh?: boolean;
}

/** What belongs to the engine as a whole. */
export async function variantOf({ target, vars }: DbtFlags): Promise<Pick<Overrides, "dbt">> {
  if (target === "") throw new ConfigurationError("--target takes the name of a target; it is empty.");
  if (target === undefined && vars === undefined) return {};
  return {
    dbt: {
      ...(target === undefined ? {} : { target }),
      ...(vars === undefined ? {} : { vars: await readVars(vars) }),
    },
  };
}

/** What belongs to one request; a folder is one of where the command was called. */
export function requestOf({ fullRefresh, defer, state }: DbtFlags): { dbt?: DbtRequest } {
  const dbt: DbtRequest = {
    ...(fullRefresh ? { fullRefresh } : {}),
    ...(defer === undefined ? {} : { defer }),
    ...(state === undefined ? {} : { state: resolve(state) }),
  };
  return Object.keys(dbt).length > 0 ? { dbt } : {};
}

async function readVars(text: string): Promise<Record<string, unknown>> {
  const read = await readMapping(text);
  if (typeof read === "object" && read !== null && !Array.isArray(read))
    return read as Record<string, unknown>;
  throw wrongVars(text, "It is no mapping of names to values.");
}

async function readMapping(text: string): Promise<unknown> {
  try {
    return JSON.parse(text);
  } catch {}
  // Few variables are written as YAML, so its reader is loaded when there is some.
  const { readYaml } = await import("./readYaml.ts");
  try {
    return readYaml(text);
  } catch (error) {
    throw wrongVars(text, (error as Error).message.split("\n")[0]?.replace(/:$/, ".") ?? "");
  }
}

function wrongVars(text: string, reason: string): ConfigurationError {
  const example = `--vars '{"day": "2026-01-01"}' or --vars 'limit: 10'`;
  return new ConfigurationError(`--vars cannot be read: ${text}\n${reason} Write JSON or YAML: ${example}.`);
}

/** What an engine must be told so that it can go on with what another one was asked for. */
export function variantOfRun(
  { dbt, environment }: Pick<RunSummary, "dbt" | "environment">,
  { env }: Pick<WorkspaceOptions, "env">,
): Pick<WorkspaceOptions, "env" | "variant"> {
  const { target, vars } = dbt ?? {};
  if (target === undefined && vars === undefined) return {};
  return {
    variant: { ...(target === undefined ? {} : { target }), ...(vars === undefined ? {} : { vars }) },
    // Whoever names a target names an environment with it.
    ...(target === undefined ? {} : { env: env ?? environment }),
  };
}

/** As they are written on a command line. */
export function dbtOptionsInWords({ fullRefresh, target, vars, defer, state }: DbtRunOptions): string {
  return [
    fullRefresh ? "--full-refresh" : null,
    target === undefined ? null : `--target ${target}`,
    vars === undefined ? null : `--vars '${JSON.stringify(vars)}'`,
    defer === undefined ? null : defer ? "--defer" : "--no-defer",
    state === undefined ? null : `--state ${state}`,
  ]
    .filter(it => it !== null)
    .join(" ");
}
