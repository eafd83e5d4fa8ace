import { constants, existsSync } from "node:fs";
import {
  chmod,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
} from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { type Account, canReach } from "./account.ts";
import { type Host, packageFor, programsIn } from "./platform.ts";

/** There is no PostgreSQL for this machine, or it was not installed. */
export class BinariesMissing extends Error {
  override name = "BinariesMissing";
}

/**
 * The `native` folder of the PostgreSQL package: complete, executable, and within the account's reach.
 * `places` are the files from whose side the package is looked for.
 */
export async function findBinaries(
  places: readonly string[],
  account: Account,
  host = thisHost(),
): Promise<string> {
  const native = locate(places, host);
  const { postgres } = programsIn(native, host);
  const isFit = (await canReach(account, postgres)) && (await repair(native, host));
  return isFit ? native : await copyToCache(native, account, host);
}

/** The machine this process runs on. */
export function thisHost(): Host {
  return { platform: process.platform, arch: process.arch, musl: process.platform === "linux" && isMusl() };
}

function isMusl() {
  // Otherwise the report looks up the names of all hosts that we are connected to.
  Object.assign(process.report, { excludeNetwork: true });
  const report = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return report.header.glibcVersionRuntime === undefined;
}

function locate(places: readonly string[], host: Host) {
  const name = packageFor(host);
  const otherwise =
    "set MILLRACE_DATABASE_URL to a PostgreSQL of yours, or start one by docker compose up --detach --wait postgres";
  if (name === null) {
    const machine = `${host.platform} on ${host.arch}${host.musl ? " with musl" : ""}`;
    throw new BinariesMissing(`There is no embedded PostgreSQL for ${machine}: ${otherwise}.`);
  }
  for (const place of places) {
    try {
      return join(dirname(createRequire(place).resolve(name)), "..", "native");
    } catch {
      // Not there; perhaps at the next place.
    }
  }
  throw new BinariesMissing(
    `The embedded PostgreSQL, package ${name}, is not installed: ` +
      `run npm i millrace without omitting optional dependencies, ${otherwise}.`,
  );
}

/** Recreates what a package lacks whose install script did not run; false when it may not be changed. */
async function repair(native: string, host: Host) {
  if (host.platform === "win32") return true;
  try {
    for (const { source, target } of await missingLinks(native)) {
      const link = join(native, "..", target);
      await symlink(basename(source), link).catch(error => {
        // Another process may do the same.
        if (!existsSync(link)) throw error;
      });
    }
    for (const program of Object.values(programsIn(native, host))) {
      const { mode } = await stat(program);
      if ((mode & 0o111) !== 0o111) await chmod(program, mode | 0o111);
    }
    return true;
  } catch {
    return false;
  }
}

async function missingLinks(native: string) {
  const text = await readFile(join(native, "pg-symlinks.json"), "utf8").catch(() => "[]");
  const links = JSON.parse(text) as { source: string; target: string }[];
  return links.filter(({ target }) => !existsSync(join(native, "..", target)));
}

async function copyToCache(native: string, account: Account, host: Host) {
  const { version } = JSON.parse(await readFile(join(native, "..", "package.json"), "utf8")) as {
    version: string;
  };
  const folder = join(await cacheFolder(account), `postgres-${version}-${host.platform}-${host.arch}`);
  if (!existsSync(folder)) {
    const draft = await mkdtemp(`${folder}.draft-`);
    await cp(native, join(draft, "native"), {
      recursive: true,
      verbatimSymlinks: true,
      mode: constants.COPYFILE_FICLONE,
    });
    await openToAll(draft);
    if (!(await repair(join(draft, "native"), host)))
      throw new Error(`The copy of ${native} in ${draft} is unusable.`);
    // When somebody else was faster, that copy is as good.
    await rename(draft, folder).catch(() => rm(draft, { recursive: true, force: true }));
  }
  return join(folder, "native");
}

async function openToAll(folder: string) {
  const names = await readdir(folder, { recursive: true });
  for (const path of [folder, ...names.map(name => join(folder, name))]) {
    const found = await lstat(path);
    if (found.isDirectory()) await chmod(path, 0o755);
    else if (found.isFile()) await chmod(path, found.mode | 0o644);
  }
}

async function cacheFolder(account: Account) {
  const { XDG_CACHE_HOME, LOCALAPPDATA, HOME } = process.env;
  const cache = XDG_CACHE_HOME ?? LOCALAPPDATA ?? (HOME && join(HOME, ".cache"));
  const temporary = join(tmpdir(), `millrace-cache-${process.getuid?.() ?? ""}`);
  const places = [...(cache ? [join(cache, "millrace")] : []), "/var/cache/millrace", temporary];
  for (const place of places) {
    const isMade = await mkdir(place, { recursive: true, mode: 0o755 }).then(
      () => true,
      () => false,
    );
    if (isMade && (await isOurs(place)) && (await canReach(account, join(place, "any")))) return place;
  }
  throw new Error(
    `PostgreSQL has to be copied, but none of ${places.join(", ")} is a folder of ours. Make one of them so.`,
  );
}

/** Programs are run from there: nobody else may be able to put one in. */
async function isOurs(folder: string) {
  if (process.getuid === undefined) return true;
  const { uid, mode } = await stat(folder);
  return uid === process.getuid() && (mode & 0o022) === 0;
}
