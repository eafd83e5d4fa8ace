import { createHash } from "node:crypto";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { profileName } from "../dbt/profile.ts";
import type { DbtVariant } from "../model/dbtNode.ts";
import { type Placement, placementOfTarget } from "../scan/manifestPlacement.ts";
import { yamlBelow, yamlOutline, yamlText } from "../scan/yamlOutline.ts";
import { type Configuration, ConfigurationError } from "./configuration.ts";
import { dbtFolder, profileOf, requireProject } from "./dbtHome.ts";

/**
 * What a configuration becomes by another target, or by other variables, than the usual ones: a manifest of its own,
 * and for a target an environment of its own, for what is made there is not there for who looks at the usual one.
 */
export async function withVariant(configuration: Configuration): Promise<Configuration> {
  const { root, dbt } = configuration;
  const { target, vars } = dbt.value.variant;
  if (target === undefined && vars === undefined) return configuration;
  const targets = target === undefined ? null : await targetsOf(configuration);
  if (target !== undefined && targets !== null) refuseUnknown(target, targets);
  const isOther = target !== undefined && target !== targets?.usual;
  const variant: DbtVariant = { ...(isOther ? { target } : {}), ...(vars ? { vars } : {}) };
  if (!isOther && vars === undefined) {
    const usual = { ...dbt.value, target: dbt.value.settingsTarget, variant };
    return { ...configuration, dbt: { ...dbt, value: usual } };
  }
  const folder = join(dbtFolder(root), "variants", nameOf(variant));
  await keepNewest(dirname(folder), nameOf(variant));
  return {
    ...configuration,
    environment: isOther
      ? environmentOf(configuration, target, targets?.usual ?? null)
      : configuration.environment,
    dbt: { ...dbt, value: { ...dbt.value, variant, variantManifest: join(folder, "manifest.json") } },
  };
}

/** Two that are made alike have the same name. */
export function nameOf({ target, vars = {} }: DbtVariant): string {
  const sorted = Object.entries(vars).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([target ?? null, sorted]))
    .digest("hex")
    .slice(0, 16);
}

/** The target that is used when no flag names one; null when only dbt can tell. */
export async function usualTarget(configuration: Configuration): Promise<string | null> {
  return (await targetsOf(configuration)).usual;
}

/**
 * Whether an invocation that somebody called by hand had the target that Millrace uses: `named` by its flag, else the
 * profile's own. Null when only dbt can tell.
 */
export async function isOurTarget(
  configuration: Configuration,
  named: string | null,
): Promise<boolean | null> {
  const { usual, ofProfile, file } = await targetsOf(configuration);
  // A profile of ours has one target, and nobody else calls dbt with it.
  if (file === null && configuration.dbt.value.variant.target === undefined) return true;
  // Which versions of dbt heed it only they know.
  if (process.env.DBT_TARGET && configuration.dbt.value.target === null) return null;
  const [ours, theirs] = [configuration.dbt.value.variant.target ?? usual, named ?? ofProfile];
  return ours === theirs ? true : ours === null || theirs === null ? null : false;
}

/** Where the usual target puts what says nothing else of its schema; null when only dbt can tell. */
export async function placementOfUsualTarget(configuration: Configuration): Promise<Placement | null> {
  const { usual, places } = await targetsOf(configuration).catch(() => ({ usual: null, places: noPlaces }));
  return (usual === null ? null : places.get(usual)) ?? null;
}

/** How many nodes dbt makes at once by the profile; null when only dbt can tell. */
export async function threadsOfProfile(configuration: Configuration): Promise<number | null> {
  const { usual, threads } = await targetsOf(configuration);
  const target = configuration.dbt.value.target ?? usual;
  return (target === null ? null : threads.get(target)) ?? null;
}

const noPlaces: ReadonlyMap<string, Placement> = new Map();

/** The targets of the project's profile. */
interface Targets {
  readonly usual: string | null;
  /** The one that the profile itself names. */
  readonly ofProfile: string | null;
  /** Empty when only dbt can tell. */
  readonly known: readonly string[];
  /** Where each puts what says nothing else of its schema, as far as that stands there in plain words. */
  readonly places: ReadonlyMap<string, Placement>;
  /** How many nodes at once by each, as far as that stands there in plain words. */
  readonly threads: ReadonlyMap<string, number>;
  readonly profile: string;
  /** Null where the profile is one of ours. */
  readonly file: string | null;
}

async function targetsOf(configuration: Configuration): Promise<Targets> {
  const project = await requireProject(configuration);
  const { settingsTarget } = configuration.dbt.value;
  const [profile, name] = await Promise.all([
    profileOf(configuration, project, null),
    profileName(project.folder),
  ]);
  const known: Targets = {
    ...{
      known: [],
      places: noPlaces,
      threads: new Map<string, number>(),
      usual: settingsTarget,
      ofProfile: null,
    },
    ...{ profile: name ?? project.name, file: null },
  };
  if (profile.profiles === null || name === null) return known;
  const file = join(profile.profiles, "profiles.yml");
  const { usual, outputs, places, threads } = outputsIn(await readFile(file, "utf8").catch(() => ""), name);
  return {
    ...known,
    usual: settingsTarget ?? usual,
    ofProfile: usual,
    known: outputs,
    places,
    threads,
    file: relative(configuration.root, file),
  };
}

/** What Jinja makes of a profile only dbt knows. */
function outputsIn(
  text: string,
  name: string,
): { usual: string | null; outputs: string[] } & Pick<Targets, "places" | "threads"> {
  if (text.trimStart().startsWith("{")) {
    try {
      const { target = "default", outputs = {} } = JSON.parse(text)[name] ?? {};
      const names = Object.keys(outputs);
      const say: SaidOfOutput = (output, key) => outputs[output]?.[key];
      const said = { places: placesOf(names, say), threads: threadsOf(names, say) };
      return { usual: plain(target), outputs: names, ...said };
    } catch {}
  }
  const profile = yamlBelow(yamlOutline(text), name);
  const below = yamlBelow(profile, "outputs");
  const outputs = below.flatMap(it => it.key ?? []);
  const usual = yamlText(profile, "target") ?? "default";
  const say: SaidOfOutput = (output, key) => yamlText(yamlBelow(below, output), key);
  const said = { places: placesOf(outputs, say), threads: threadsOf(outputs, say) };
  return { usual: plain(usual), outputs: outputs.every(it => plain(it) !== null) ? outputs : [], ...said };
}

/** What the profile says of one of its outputs. */
type SaidOfOutput = (output: string, key: string) => unknown;

/** Where nothing is said, dbt works on one at a time. */
function threadsOf(outputs: readonly string[], say: SaidOfOutput): Map<string, number> {
  return new Map(
    outputs.flatMap(output => {
      const threads = Number(say(output, "threads") ?? 1);
      return Number.isInteger(threads) && threads > 0 ? [[output, threads] as const] : [];
    }),
  );
}

/** Other adapters than this one have other words for it. */
function placesOf(outputs: readonly string[], say: SaidOfOutput): Map<string, Placement> {
  return new Map(
    outputs.flatMap(output => {
      const [type, schema] = [say(output, "type"), plain(say(output, "schema"))];
      const database = plain(say(output, "dbname") ?? say(output, "database"));
      const isKnown = type === "postgres" && schema !== null && database !== null;
      return isKnown ? [[output, placementOfTarget(database, schema)] as const] : [];
    }),
  );
}

function plain(text: unknown): string | null {
  return typeof text === "string" && !text.includes("{{") ? text : null;
}

function refuseUnknown(target: string, { known, profile, file }: Targets): void {
  if (file === null) {
    throw new ConfigurationError(
      `--target ${target}: no profiles.yml has a profile "${profile}", so Millrace makes one, with its own database alone. Write a profiles.yml with this target, or leave --target out.`,
    );
  }
  if (known.length === 0 || known.includes(target)) return;
  const instead = known.map(it => `--target ${it}`).join(" or ");
  throw new ConfigurationError(
    `There is no target "${target}" in the profile "${profile}" of ${file}. Write ${instead}.`,
  );
}

/** Named by hand it is that one, unless it is the one that tells of the usual target. */
function environmentOf(
  { environment, usualEnvironment }: Configuration,
  target: string,
  usual: string | null,
): Configuration["environment"] {
  const { value, source } = environment;
  if (value !== usualEnvironment) return environment;
  if (source !== "--env") return { ...environment, value: target, source: "--target" };
  throw new ConfigurationError(
    `--env ${value} is the environment of the target ${usual ?? "that the profile names"}: what is made with --target ${target} is not there. Leave --env out, and it is the environment "${target}", or name another one.`,
  );
}

const variantsKept = 12;

/** A manifest is as large as the project, and variables have many values. */
async function keepNewest(folder: string, present: string): Promise<void> {
  const names = (await readdir(folder).catch(() => [])).filter(it => it !== present);
  if (names.length < variantsKept) return;
  const dated = await Promise.all(
    names.map(async name => ({ name, at: (await stat(join(folder, name)).catch(() => null))?.mtimeMs ?? 0 })),
  );
  for (const { name } of dated.sort((a, b) => b.at - a.at).slice(variantsKept - 1)) {
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => {});
  }
}
