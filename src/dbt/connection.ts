import { callDbt } from "./callDbt.ts";
import type { DbtPlace } from "./dbt.ts";
import type { DbtTrouble } from "./find.ts";

/** What dbt itself says of the database of a profile. */
export interface DbtConnection {
  /** "postgres"; null where the profile could not be read. */
  readonly adapter: string | null;
  /** host, port, user, database, schema: as the adapter calls them; passwords are not among them. */
  readonly settings: Readonly<Record<string, string>>;
  readonly trouble: DbtTrouble | null;
}

/** Asks dbt to connect (`dbt debug`), and says in its words and ours what is wrong. Changes nothing. */
export async function tryConnection(
  command: readonly string[],
  place: DbtPlace,
  signal?: AbortSignal,
): Promise<DbtConnection> {
  const call = await callDbt(command, place, ["debug"], signal ? { signal } : {});
  const text = call.messages.join("\n");
  const adapter = /^adapter type: (\S+)$/m.exec(text)?.[1] ?? null;
  const block = /^Connection:\n([\s\S]*?)(?=^\s*Connection test|^Registered adapter)/m.exec(text)?.[1] ?? "";
  const settings = Object.fromEntries(
    [...block.matchAll(/^ {2}([\w ]+): (.*)$/gm)].flatMap(([, name = "", value = ""]) =>
      value === "None" ? [] : [[name, value] as const],
    ),
  );
  return { adapter, settings, trouble: call.code === 0 ? null : troubleIn(text, place, settings) };
}

function troubleIn(
  text: string,
  { profiles, target }: DbtPlace,
  settings: DbtConnection["settings"],
): DbtTrouble {
  const file = /^Using profiles.yml file at (.+)$/m.exec(text)?.[1] ?? `${profiles ?? "~/.dbt"}/profiles.yml`;
  const said = (/>\s*Database Error\s*\n([\s\S]*?)\n\s*\n/.exec(text)?.[1] ?? "").replace(/\s+/g, " ").trim();
  const where = `${settings.user ?? "the user"} at ${settings.host ?? "the host"}:${settings.port ?? "?"}`;
  if (/profiles\.yml file \[ERROR not found\]/.test(text)) {
    return {
      problem: `dbt finds no profile: there is no ${file}.`,
      advice: "Write one there, or name its folder in DBT_PROFILES_DIR.",
    };
  }
  const missing = /Could not find profile named '([^']*)'/.exec(text)?.[1];
  if (missing !== undefined) {
    return {
      problem: `${file} has no profile "${missing}", which dbt_project.yml names.`,
      advice: `Add it there, or correct "profile" in dbt_project.yml.`,
    };
  }
  const targets = /does not have a target named '([^']*)'\.[^\n]*\n((?:\s*- .*\n?)*)/.exec(text);
  if (targets) {
    const known = (targets[2] ?? "").match(/[^\s-].*/g)?.map(it => `"${it.trim()}"`) ?? [];
    return {
      problem: `The profile in ${file} has no target "${targets[1] ?? target}".`,
      advice: `Write ${known.join(" or ") || "one of its outputs"} in millrace.json: "dbt": { "target": … }.`,
    };
  }
  if (/profiles\.yml file \[ERROR invalid\]/.test(text)) {
    const reason = /Profile loading failed for the following reason:\s*([\s\S]*?)\n\s*\n/.exec(text)?.[1];
    return { problem: `${file} cannot be read: ${oneLine(reason ?? text)}`, advice: "Correct the file." };
  }
  if (/dbt_project\.yml file \[ERROR/.test(text)) {
    const reason = /Project loading failed for the following reason:\s*([\s\S]*?)\n\s*\n/.exec(text)?.[1];
    return {
      problem: `dbt_project.yml cannot be read: ${oneLine(reason ?? text)}`,
      advice: "Correct the file.",
    };
  }
  if (/password authentication failed|no password supplied|Access denied|28P01/i.test(text)) {
    return {
      problem: `The database refuses the password of ${where}. ${said}`.trim(),
      advice: `Correct user or password in ${file}.`,
    };
  }
  if (/database "([^"]*)" does not exist/.test(text)) {
    return { problem: `${said}`, advice: `Create the database, or correct "dbname" in ${file}.` };
  }
  if (/connection refused|could not translate host name|timeout expired|No route to host/i.test(text)) {
    return {
      problem: `Nothing answers ${where}. ${said}`.trim(),
      advice: `Start the database, or correct host and port in ${file}.`,
    };
  }
  const last = text.trim().split("\n").slice(-6).join(" ");
  return {
    problem: `dbt cannot connect: ${said || oneLine(last)}`,
    advice: `Run "millrace dbt -- debug" to see all that it says.`,
  };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
