import { once } from "node:events";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { serverAccount } from "../../src/store/embedded/account.ts";
import { withoutPassword } from "../../src/store/embedded/address.ts";
import { findBinaries } from "../../src/store/embedded/binaries.ts";
import { embeddedStatus, startEmbedded, stopEmbedded } from "../../src/store/embedded/embedded.ts";
import { programsIn } from "../../src/store/embedded/platform.ts";
import { commandOf } from "../../src/store/embedded/process.ts";
import { acquireStartLock } from "../../src/store/embedded/startLock.ts";
import {
  holdLock,
  type Installation,
  installInto,
  makeReadOnly,
  makeWritable,
  query,
  startAsNobodyKnown,
  startInChild,
  startInTerminal,
  temporaryWorkspace,
} from "./fixtures/embedded.ts";

// Servers are started here, and machines differ in how fast they do that.
vi.setConfig({ testTimeout: 60_000 });

const isRoot = process.getuid?.() === 0;

describe("one embedded database", () => {
  const undo: (() => Promise<void>)[] = [];
  let directory = "";
  beforeAll(async () => {
    ({ directory } = await temporaryWorkspace(it => undo.push(it as () => Promise<void>)));
  });
  afterAll(async () => {
    for (const step of undo) await step();
  });

  test("is created and started by the first who asks, and adopted by the next", async () => {
    const messages: string[] = [];
    const first = await startEmbedded({ directory, onProgress: message => messages.push(message) });
    expect(first).toMatchObject({ started: true, version: expect.stringMatching(/^16\./) });
    expect(messages).toEqual(["Creating the embedded database", "Starting the embedded PostgreSQL"]);
    expect(await startEmbedded({ directory })).toEqual({ ...first, started: false });
    expect(await startInChild(directory)).toEqual({ ...first, started: false });
  });

  test("is safe by default: UTF-8, the C locale, synced to disk, and nobody enters without the password", async () => {
    const { url } = await startEmbedded({ directory });
    const settings = [
      "server_encoding",
      "fsync",
      "synchronous_commit",
      "listen_addresses",
      "password_encryption",
    ];
    const values = await query(url, `select ${settings.map(it => `current_setting('${it}')`).join()}`);
    expect(values).toEqual(["UTF8", "on", "on", "127.0.0.1", "scram-sha-256"]);
    expect(await query(url, "select datcollate from pg_database where datname = current_database()")).toEqual(
      ["C"],
    );
    await expect(
      query(withoutPassword(url).replace("millrace@", "millrace:guess@"), "select 1"),
    ).rejects.toThrow(/password authentication failed/);
    const { mode } = await stat(join(directory, "postgres/password"));
    expect(mode & 0o777).toBe(0o600);
    expect(await readFile(join(directory, "postgres/.gitignore"), "utf8")).toBe("*\n");
  });

  test("tells how it is, and stops when told, its watcher too", async () => {
    const { url, version } = await startEmbedded({ directory });
    const watcher = await watcherPid(directory);
    expect(await embeddedStatus(directory)).toEqual({
      state: "running",
      url,
      version,
      pid: expect.any(Number),
    });
    expect(await stopEmbedded(directory)).toBe(true);
    await vi.waitFor(async () => expect(await commandOf(watcher)).toBe(""), { timeout: 20_000 });
    expect(await embeddedStatus(directory)).toEqual({
      state: "stopped",
      url: null,
      version: null,
      pid: null,
    });
    expect(await stopEmbedded(directory)).toBe(false);
  });

  test("keeps its address over a restart, unless somebody else has taken the port", async () => {
    const { url } = await startEmbedded({ directory });
    await stopEmbedded(directory);
    expect(await startEmbedded({ directory })).toMatchObject({ url, started: true });
    await stopEmbedded(directory);
    const occupant = createServer().listen(Number(new URL(url).port), "127.0.0.1");
    onTestFinished(() => void occupant.close());
    await once(occupant, "listening");
    const moved = await startEmbedded({ directory });
    expect(new URL(moved.url).port).not.toBe(new URL(url).port);
    expect(await query(moved.url, "select 1")).toEqual([1]);
  });

  test("keeps every committed row when it is killed, even while one of its processes goes on", async () => {
    const { url } = await startEmbedded({ directory });
    await query(url, "create table if not exists kept (n int)");
    await query(url, "insert into kept values (1)");
    const busy = query(url, "select count(*) from generate_series(1, 10000000000)").catch(() => "ended");
    await vi.waitFor(async () =>
      expect(await query(url, "select 1 from pg_stat_activity where query ~ '^select count'")).toHaveLength(
        1,
      ),
    );
    const { pid } = await embeddedStatus(directory);
    process.kill(pid ?? Number.NaN, "SIGKILL");
    expect(await startEmbedded({ directory })).toMatchObject({ started: true });
    expect(await query(url, "select n from kept")).toEqual([1]);
    expect(await busy).toBe("ended");
  });

  test("is not taken for running when its pid belongs to another process by now", async () => {
    await startEmbedded({ directory });
    const pidFile = join(directory, "postgres/data/postmaster.pid");
    const lines = (await readFile(pidFile, "utf8")).split("\n");
    await stopEmbedded(directory);
    await writeFile(pidFile, [process.pid, ...lines.slice(1)].join("\n"));
    expect(await embeddedStatus(directory)).toMatchObject({ state: "stopped" });
    expect(await stopEmbedded(directory)).toBe(false);
    expect(await startEmbedded({ directory })).toMatchObject({ started: true });
  });

  test("says with its own last words why it did not start", async () => {
    await stopEmbedded(directory);
    const starting = startEmbedded({ directory, settings: { shared_buffers: "plenty" } });
    await expect(starting).rejects.toThrow(
      /did not start: .*server\.log.*invalid value for parameter "shared_buffers": "plenty"/s,
    );
    expect(await startEmbedded({ directory })).toMatchObject({ started: true });
  });

  test("is not left running when its start is aborted", async () => {
    await stopEmbedded(directory);
    const aborting = new AbortController();
    const onProgress = (message: string) => {
      if (message.startsWith("Starting")) aborting.abort(new Error("changed my mind"));
    };
    await expect(startEmbedded({ directory, signal: aborting.signal, onProgress })).rejects.toThrow(
      "changed my mind",
    );
    await sleep(500);
    expect(await embeddedStatus(directory)).toMatchObject({ state: "stopped" });
  });

  test("survives the end of the process that started it, and Ctrl-C in its terminal", async () => {
    await stopEmbedded(directory);
    const terminal = startInTerminal(directory);
    await once(terminal.stdout, "data");
    const watcher = await watcherPid(directory);
    process.kill(-(terminal.pid ?? Number.NaN), "SIGINT");
    await once(terminal, "exit");
    expect(await startEmbedded({ directory })).toMatchObject({ started: false });
    expect(await watcherPid(directory)).toBe(watcher);
  });

  test("gets another watcher when its own was killed", async () => {
    await startEmbedded({ directory });
    const first = await watcherPid(directory);
    await startEmbedded({ directory });
    expect(await watcherPid(directory)).toBe(first);
    process.kill(first, "SIGKILL");
    await vi.waitFor(async () => expect(await commandOf(first)).toBe(""), { timeout: 20_000 });
    await startEmbedded({ directory });
    const second = await watcherPid(directory);
    expect(second).not.toBe(first);
    // 15 minutes without connections, when nobody says otherwise.
    expect(await commandOf(second)).toMatch(/watcher\.\w+ .* 900000 $/);
  });

  test("stops by itself when nobody is connected, and not before", async () => {
    await stopEmbedded(directory);
    const { url } = await startEmbedded({ directory, idleMinutes: 0.5 / 60 });
    const state = async () => (await embeddedStatus(directory)).state;
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await sleep(1_500);
    expect((await client.query("select 1")).rowCount).toBe(1);
    await client.end();
    const pid = await watcherPid(directory);
    await vi.waitFor(async () => expect(await state()).toBe("stopped"), { timeout: 20_000, interval: 100 });
    await vi.waitFor(async () => expect(await commandOf(pid)).toBe(""), { timeout: 20_000 });
    expect(existsSync(join(directory, "postgres/watcher.json"))).toBe(false);
  });

  test("of another major version is left as it is", async () => {
    await stopEmbedded(directory);
    const data = join(directory, "postgres/data");
    await writeFile(join(data, "PG_VERSION"), "15\n");
    const before = await readdir(data);
    await expect(startEmbedded({ directory })).rejects.toThrow(
      /holds a database of PostgreSQL 15.*Nothing was touched/,
    );
    expect(await readdir(data)).toEqual(before);
    await writeFile(join(data, "PG_VERSION"), "16\n");
  });

  test("without its password file says which file is missing", async () => {
    await startEmbedded({ directory });
    const file = join(directory, "postgres/password");
    const password = await readFile(file, "utf8");
    await rm(file);
    await expect(startEmbedded({ directory })).rejects.toThrow(file);
    await writeFile(file, password);
    expect(await startEmbedded({ directory })).toMatchObject({ started: false });
  });

  test("is not started where a container and its host share the folder, and the other one runs it", async () => {
    await startEmbedded({ directory });
    const watcherFile = join(directory, "postgres/watcher.json");
    const pidFile = join(directory, "postgres/data/postmaster.pid");
    const [watcher, pid] = await Promise.all([readFile(watcherFile, "utf8"), readFile(pidFile, "utf8")]);
    await stopEmbedded(directory);
    await writeFile(pidFile, pid);
    await writeFile(watcherFile, JSON.stringify({ ...JSON.parse(watcher), machine: "other" }));
    await expect(startEmbedded({ directory })).rejects.toThrow(
      /runs on another machine or in another container \(other, seen/,
    );
    await rm(watcherFile);
    expect(await startEmbedded({ directory })).toMatchObject({ started: true });
  });
});

test("ten processes that start at the same time get one server", async () => {
  const { directory } = await temporaryWorkspace();
  const databases = await Promise.all(Array.from({ length: 10 }, () => startInChild(directory)));
  expect(new Set(databases.map(it => it.url)).size).toBe(1);
  expect(databases.filter(it => it.started)).toHaveLength(1);
});

test("a creator that is aborted or killed leaves nothing to trip over", async () => {
  const { directory } = await temporaryWorkspace();
  const folder = join(directory, "postgres");
  const starting = startEmbedded({ directory, signal: AbortSignal.timeout(200) });
  await expect(starting).rejects.toMatchObject({ name: "TimeoutError" });
  expect(await embeddedStatus(directory)).toMatchObject({ state: "stopped" });
  expect((await readdir(folder)).filter(name => name.startsWith("data"))).toEqual([]);

  const creator = startInTerminal(directory);
  const drafts = async () => (await readdir(folder).catch(() => [])).filter(name => name.includes("draft"));
  await vi.waitFor(async () => expect(await drafts()).toHaveLength(1), { timeout: 10_000, interval: 5 });
  creator.kill("SIGKILL");
  expect(existsSync(join(folder, "data"))).toBe(false);
  expect(await startEmbedded({ directory })).toMatchObject({ started: true });
  expect(await drafts()).toEqual([]);
});

test.runIf(isRoot)(
  "root without user namespaces keeps a private workspace's data where another user reaches it",
  async () => {
    const { folder, directory } = await temporaryWorkspace();
    await chmod(folder, 0o700);
    // Without `unshare` there are no namespaces.
    const { url } = await startInChild(directory, { ...process.env, PATH: folder });
    const [data = ""] = (await query(url, "show data_directory")) as string[];
    onTestFinished(() => rm(dirname(data), { recursive: true, force: true }));
    expect(data).toMatch(/^\/var\/lib\/millrace\//);
    expect((await stat(data)).uid).not.toBe(0);
    await stopEmbedded(directory);
    expect(await startEmbedded({ directory })).toMatchObject({ url, started: true });
  },
);

test("the lock of a killed holder goes to those who wait, one at a time", async () => {
  const { folder } = await temporaryWorkspace();
  const locks = join(folder, "locks");
  await mkdir(locks);
  const holder = holdLock(locks);
  await once(holder.stdout, "data");
  let holding = 0;
  const seen: number[] = [];
  const waiting = Array.from({ length: 5 }, async () => {
    const lock = await acquireStartLock(locks);
    seen.push(++holding);
    await sleep(10);
    holding--;
    await lock.release();
  });
  await sleep(200);
  expect(seen).toEqual([]);
  holder.kill("SIGKILL");
  await Promise.all(waiting);
  expect(seen).toEqual([1, 1, 1, 1, 1]);
});

describe("an installation whose install scripts did not run", () => {
  const undo: (() => Promise<void>)[] = [];
  let folder = "";
  let directory = "";
  let installed: Installation;
  beforeAll(async () => {
    ({ folder, directory } = await temporaryWorkspace(it => undo.push(it as () => Promise<void>)));
    installed = await installInto(folder);
  });
  afterAll(async () => {
    for (const step of undo) await step();
  });

  test.runIf(isRoot)(
    "serves a user who may not change it and is in no list of users, from a bundle",
    async () => {
      const database = await startAsNobodyKnown(installed, folder, directory);
      expect(database).toMatchObject({ started: true, version: expect.stringMatching(/^16\./) });
      expect(await query(database.url, "select current_user")).toEqual(["millrace"]);
      const { uid } = await stat(join(directory, "postgres/data"));
      expect(uid).toBe(12345);
      expect(installed.links.filter(it => existsSync(it))).toEqual([]);
    },
  );

  test.skipIf(isRoot)("is copied where it is read-only", async () => {
    await makeReadOnly(installed.native);
    vi.stubEnv("XDG_CACHE_HOME", folder);
    const native = await findBinaries([installed.program], { kind: "self" });
    vi.unstubAllEnvs();
    await makeWritable(installed.native);
    expect(native).toMatch(/millrace\/postgres-16.*\/native$/);
    expect((await readdir(join(native, "lib"))).length).toBeGreaterThan(
      (await readdir(join(installed.native, "lib"))).length,
    );
  });

  test("is completed where it lies, if possible", async () => {
    const account = await serverAccount(join(directory, "postgres/data"));
    expect(await findBinaries([installed.program], account)).toBe(installed.native);
    expect(installed.links.filter(it => !existsSync(it))).toEqual([]);
    const { mode } = await stat(programsIn(installed.native, process).postgres);
    expect(mode & 0o111).toBe(0o111);
  });
});

async function watcherPid(directory: string) {
  const { pid } = JSON.parse(await readFile(join(directory, "postgres/watcher.json"), "utf8")) as {
    pid: number;
  };
  return pid;
}
