import { tryConnection } from "../dbt/connection.ts";
import { askVersion, type FoundDbt } from "../dbt/find.ts";
import { microbatchTrouble } from "../dbt/microbatch.ts";
import { profileName } from "../dbt/profile.ts";
import type { DoctorLine } from "../protocol/engine.ts";
import { type DbtProject, findDbtProject, readRootSettings } from "../scan/dbtProject.ts";
import { readManifest } from "../scan/manifest.ts";
import type { Configuration } from "./configuration.ts";
import { placeOf, profileOf, searchDbt } from "./dbtHome.ts";

/** What dbt needs, each with the reason and the remedy when it is not so; nothing where there is no project. */
export async function examineDbt(configuration: Configuration): Promise<DoctorLine[]> {
  const { root } = configuration;
  const { project, problems } = await findDbtProject(root, await readRootSettings(root));
  if (project === null) {
    return problems.map(({ message, file }) => ({
      ...line("dbt project", "missing", file),
      state: "error",
      advice: message,
    }));
  }
  const { found, trouble } = await searchDbt(configuration, project);
  const lines = [await projectLine(project)];
  if (found === null) {
    return [
      ...lines,
      { ...line("dbt", "missing", configuration.dbt.source), state: "error", advice: words(trouble) },
    ];
  }
  const asked = await askVersion(found);
  const version = found.version ?? asked.version;
  lines.push(
    trouble || asked.trouble
      ? { ...dbtLine(found, version), state: "error", advice: words(trouble ?? asked.trouble) }
      : dbtLine(found, version),
    ...(await microbatchLines(project, version)),
  );
  if (trouble || asked.trouble) return lines;
  return [...lines, ...(await profileLines(configuration, project, found))];
}

function line(name: string, value: string, source: string): DoctorLine {
  return { name, value, source, state: "ok", advice: null };
}

function words(trouble: { problem: string; advice: string } | null): string | null {
  return trouble && `${trouble.problem} ${trouble.advice}`;
}

async function projectLine(project: DbtProject): Promise<DoctorLine> {
  const manifest = await readManifest(project.manifest);
  const found = line("dbt project", project.name, project.folder);
  if (manifest.isReadable) return found;
  return { ...found, state: "warning", advice: 'dbt has not parsed it yet. Run "millrace dbt parse".' };
}

function dbtLine({ adapters, origin, python }: FoundDbt, version: string | null): DoctorLine {
  const known = Object.entries(adapters).map(([name, it]) => `${name} ${it}`);
  const value = [version ?? "of unknown version", ...known, python === null ? "not kept warm" : null];
  return line("dbt", value.filter(Boolean).join(", "), origin);
}

async function microbatchLines(project: DbtProject, version: string | null): Promise<DoctorLine[]> {
  const { assets } = await readManifest(project.manifest);
  const models = assets.filter(it => it.dbt?.isMicrobatch).map(it => it.key);
  const trouble = microbatchTrouble(models, version);
  if (trouble === null) return [];
  return [
    { ...line("dbt microbatch", models.join(", "), project.folder), state: "error", advice: words(trouble) },
  ];
}

async function profileLines(
  configuration: Configuration,
  project: DbtProject,
  found: FoundDbt,
): Promise<DoctorLine[]> {
  const profile = await profileOf(configuration, project, null);
  const { databaseUrl, dbt } = configuration;
  const { target, profiles, schema } = dbt.value;
  if (profile.origin !== "user") {
    const name = await profileName(project.folder);
    const database =
      databaseUrl.value === null ? "the embedded PostgreSQL" : `the database of ${databaseUrl.source}`;
    const made = line("dbt profile", `made by Millrace for ${database}, schema ${schema}`, "default");
    if (profiles !== null) {
      const advice = `${profiles}, which millrace.json names, has no profiles.yml with a profile "${name}". Add it there, or correct "profile" in ${project.folder}/dbt_project.yml.`;
      return [{ ...made, source: dbt.source, state: "error", advice }];
    }
    return [{ ...made, source: `default: no profiles.yml has a profile "${name}"` }];
  }
  const { settings, adapter, trouble } = await tryConnection(
    found.command,
    placeOf(configuration, project, profile),
  );
  const where = settings.host ? ` at ${settings.host}:${settings.port}/${settings.database}` : "";
  const value = [adapter ?? "not readable", where, target ? `, target ${target}` : ""].join("");
  const of = line("dbt profile", value, profile.profiles ?? "dbt");
  if (trouble) return [{ ...of, state: "error", advice: words(trouble) }];
  const isOffered = databaseUrl.value === null && adapter === "postgres";
  return [{ ...of, advice: isOffered ? offer(settings) : null }];
}

/** The user's own PostgreSQL can hold our state too; then data and record commit together there. */
function offer({ host, port, user, database }: Readonly<Record<string, string>>): string {
  const url = `postgresql://${encodeURIComponent(user ?? "user")}:PASSWORD@${host}:${port ?? 5432}/${encodeURIComponent(database ?? "")}`;
  return `Millrace can keep its state there too, so that TypeScript reads models and feeds sources: set MILLRACE_DATABASE_URL to ${url}, then "millrace db migrate".`;
}
