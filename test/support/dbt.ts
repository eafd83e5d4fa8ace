import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { DbtEvent, DbtOrder, DbtPlace } from "../../src/dbt/dbt.ts";
import { type FoundDbt, findDbt } from "../../src/dbt/find.ts";
import { setUpDbt } from "../../src/dbt/setUp.ts";

/** The dbt of all tests and benches: real, in an environment outside of the clone that is made when absent. */
export function testDbt(): Promise<FoundDbt> {
  return installedDbt("dbt");
}

/** An old dbt, with a second adapter beside the one for PostgreSQL. */
export function oldTestDbt(): Promise<FoundDbt> {
  return installedDbt("dbt-1.8", ["dbt-core~=1.8.0", "dbt-postgres~=1.8.0", "dbt-duckdb~=1.8.0"]);
}

async function installedDbt(name: string, packages?: readonly string[]): Promise<FoundDbt> {
  const folder = join(homedir(), ".cache", "millrace-test", name);
  const request = { folder, env: process.env, ...(packages ? { packages } : {}) };
  const python = await alone(`${folder}.lock`, () => setUpDbt(request));
  const { found } = await findDbt({
    root: folder,
    project: folder,
    setting: [join(dirname(python), process.platform === "win32" ? "dbt.exe" : "dbt")],
    env: process.env,
  });
  if (found === null)
    throw new Error(`There is no dbt in ${folder}. Remove the folder, and it is made again.`);
  return found;
}

/** A dbt project of a test: its files, and a profile in them. */
export interface TestProject {
  readonly place: DbtPlace;
  write(files: Readonly<Record<string, string>>): Promise<void>;
  /** An order with the events it brings. */
  order(order: Partial<DbtOrder> & Pick<DbtOrder, "select">): DbtOrder & { events: DbtEvent[] };
  remove(): Promise<void>;
}

/** Writes a project called "shop" into a folder of its own. */
export async function testProject(
  databaseUrl: string,
  files: Readonly<Record<string, string>>,
  profile: Readonly<Record<string, unknown>> = {},
): Promise<TestProject> {
  const root = await mkdtemp(join(tmpdir(), "millrace-dbt-"));
  const project = join(root, "shop");
  const place: DbtPlace = {
    root,
    project,
    profiles: project,
    target: null,
    vars: {},
    env: {},
    cache: join(root, ".millrace", "dbt"),
  };
  const url = new URL(databaseUrl);
  const output = {
    type: "postgres",
    host: url.hostname,
    port: Number(url.port),
    user: url.username,
    password: decodeURIComponent(url.password),
    dbname: url.pathname.slice(1),
    schema: "marts",
    threads: 2,
    ...profile,
  };
  const write = async (texts: Readonly<Record<string, string>>) => {
    for (const [file, text] of Object.entries(texts)) {
      await mkdir(dirname(join(project, file)), { recursive: true });
      await writeFile(join(project, file), text);
    }
  };
  await write({
    "dbt_project.yml": 'name: shop\nversion: "1.0"\nprofile: shop\n',
    "profiles.yml": JSON.stringify({ shop: { target: "dev", outputs: { dev: output } } }),
    ...files,
  });
  let orders = 0;
  return {
    place,
    write,
    order(order) {
      const events: DbtEvent[] = [];
      return {
        ...place,
        command: "build",
        fullRefresh: false,
        window: null,
        folder: join(root, ".millrace", "dbt", "runs", String(++orders)),
        threads: null,
        flags: [],
        signal: new AbortController().signal,
        onEvent: event => events.push(event),
        events,
        ...order,
      };
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** Only one process at a time installs. */
async function alone<T>(lock: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(lock), { recursive: true });
  const end = Date.now() + 300_000;
  for (;;) {
    const isOurs = await mkdir(lock).then(
      () => true,
      () => false,
    );
    if (isOurs || Date.now() > end) break;
    await sleep(200);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}
