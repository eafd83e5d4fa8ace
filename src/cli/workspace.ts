import { type Configuration, type Overrides, readConfiguration } from "../engine/configuration.ts";
import { withVariant } from "../engine/dbtVariant.ts";
import type { Engine } from "../engine/engine.ts";
import { startEngine } from "../engine/startEngine.ts";
import { openState } from "../engine/stateDatabase.ts";
import type { DbtVariant } from "../model/dbtNode.ts";
import type { EngineClient } from "../protocol/engine.ts";
import { refuseWithoutAssets } from "./noAssets.ts";
import { rootOf } from "./rootOf.ts";

export interface WorkspaceOptions {
  /** Something will be run at once: definitions are loaded while the rest is still starting. */
  warm?: boolean;
  /** Takes the runs of backfills too. */
  background?: boolean;
  /** Where the command was called, or what `--root` says. */
  root: string;
  env?: string | undefined;
  /** Another target or other variables of dbt than the usual ones. */
  variant?: DbtVariant;
}

export async function configurationOf(
  { root, env, variant }: WorkspaceOptions,
  overrides: Overrides = {},
): Promise<Configuration> {
  const configuration = await readConfiguration(rootOf(root), {
    ...overrides,
    ...(env ? { environment: env } : {}),
    ...(variant ? { dbt: variant } : {}),
  });
  return withVariant(configuration);
}

/** An engine in this process; what takes time before it answers is said on standard error. */
export async function openEngine(
  options: WorkspaceOptions,
  client: Partial<EngineClient> = {},
): Promise<Engine> {
  const configuration = await configurationOf(options);
  await refuseWithoutAssets(configuration);
  const database = await openState(configuration, {
    name: "command line",
    progress: message => process.stderr.write(`${message}…\n`),
  });
  return startEngine({
    configuration,
    database,
    name: "command line",
    client,
    warm: options.warm ?? false,
    background: options.background ?? false,
  });
}

/** Runs `work` with an engine, and stops the engine whatever happens. */
export async function withEngine<T>(
  options: WorkspaceOptions,
  work: (engine: Engine) => Promise<T>,
  client: Partial<EngineClient> = {},
): Promise<T> {
  const engine = await openEngine(options, client);
  try {
    return await work(engine);
  } finally {
    await engine.stop();
  }
}
