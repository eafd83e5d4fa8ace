import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { DbtPlace } from "../dbt/dbt.ts";
import { type DbtSearch, type FoundDbt, findDbt } from "../dbt/find.ts";
import { type DbtProfile, dbtProfile } from "../dbt/profile.ts";
import { type DbtProject, findDbtProject, readRootSettings } from "../scan/dbtProject.ts";
import { type Configuration, ConfigurationError } from "./configuration.ts";
import { connectionUrl } from "./stateDatabase.ts";

/** The dbt project of a workspace with the dbt and the profile that run it. */
export interface DbtHome {
  readonly project: DbtProject;
  readonly found: FoundDbt;
  readonly profile: DbtProfile;
  readonly place: DbtPlace;
}

/** Where our files about dbt lie. */
export function dbtFolder(root: string): string {
  return join(root, ".millrace", "dbt");
}

/** The dbt project that belongs to the workspace; throws with the sentence to show when there is none. */
export async function requireProject({ root, dbt }: Configuration): Promise<DbtProject> {
  const settings = await readRootSettings(root, dbt.value.variantManifest);
  const { project, problems } = await findDbtProject(root, settings);
  if (project !== null) return project;
  throw new ConfigurationError(
    problems[0]?.message ??
      `There is no dbt project in ${root}. Name its folder in millrace.json: "dbt": { "project": "../dbt_project" }.`,
  );
}

/** Looks for the dbt of a project. */
export function searchDbt({ root, dbt }: Configuration, project: DbtProject): Promise<DbtSearch> {
  return findDbt({ root, project: project.folder, setting: dbt.value.command, env: process.env });
}

/** The profile of a project: the user's own, else one for our database when its URL is given. */
export async function profileOf(
  { root, dbt }: Configuration,
  project: DbtProject,
  databaseUrl: string | null,
): Promise<DbtProfile> {
  const { target, profiles, schema } = dbt.value;
  return await dbtProfile({
    project: project.folder,
    target,
    env: { ...process.env, ...(profiles === null ? {} : { DBT_PROFILES_DIR: resolve(root, profiles) }) },
    home: homedir(),
    cache: dbtFolder(root),
    database: databaseUrl === null ? null : { url: databaseUrl, schema },
  });
}

/** Where and how dbt is called. */
export function placeOf({ root, dbt }: Configuration, project: DbtProject, profile: DbtProfile): DbtPlace {
  const { profiles, target, env } = profile;
  return {
    root,
    project: project.folder,
    profiles,
    target,
    env,
    vars: dbt.value.vars,
    cache: dbtFolder(root),
  };
}

/** Everything that calling dbt takes. Starts the embedded database when only a profile of ours can serve. */
export async function openDbtHome(configuration: Configuration): Promise<DbtHome> {
  const project = await requireProject(configuration);
  const { found, trouble } = await searchDbt(configuration, project);
  if (found === null)
    throw new ConfigurationError([trouble?.problem, trouble?.advice].filter(Boolean).join(" "));
  const own = await profileOf(configuration, project, null);
  const profile =
    own.origin === "user" ? own : await profileOf(configuration, project, await connectionUrl(configuration));
  return { project, found, profile, place: placeOf(configuration, project, profile) };
}
