import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningCommand } from "../support/command.ts";
import { until } from "../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;
let wire: Wire;
let daemon: RunningCommand;

beforeAll(async () => {
  workspace = await testWorkspace({
    "assets.ts": `
      import { asset, sensor, runRequest } from "millrace";
      export const quick = asset("quick", { materialize: () => [{ id: 1 }] });
      export const counts = sensor("counts", {
        every: "1 s",
        assets: [quick],
        run: ({ cursor, setCursor }) => {
          const next = Number(cursor ?? 0) + 1;
          setCursor(String(next));
          return runRequest({ key: String(next) });
        },
      });`,
  });
  wire = await openWire(workspace.url);
  daemon = workspace.startWith({ MILLRACE_DATABASE_URL: wire.url }, "daemon", "--health-port", "0");
});

afterAll(async () => {
  daemon?.kill("SIGKILL");
  await daemon?.ended;
  await wire?.close();
  await workspace?.remove();
});

const lines = () =>
  daemon
    .stdout()
    .split("\n")
    .filter(it => it.startsWith("{"))
    .map(it => JSON.parse(it));
const address = () => lines().find(it => it.health)?.health;
const ask = async (path: string) => {
  const response = await fetch(`${address()}${path}`);
  return { status: response.status, text: await response.text() };
};
const keys = async () => (await workspace.query("select from millrace.run_key")).length;

test("a daemon whose database is away is ill, says why, and its metrics are still read", async () => {
  expect(await until(() => address() !== undefined, 20_000)).toBe(true);
  expect(await until(async () => (await ask("/healthz")).text.includes('"leads":true'))).toBe(true);
  expect(await ask("/healthz")).toMatchObject({ status: 200 });
  expect((await ask("/metrics")).text).toContain("\nmillrace_database_up 1\n");
  expect(await until(async () => (await keys()) > 0)).toBe(true);

  wire.cut();
  expect(await until(async () => (await ask("/healthz")).status === 503)).toBe(true);
  const ill = JSON.parse((await ask("/healthz")).text);
  expect(ill).toMatchObject({
    status: "ill",
    problems: [expect.stringMatching(/^The database does not answer: /)],
  });
  const { status, text } = await ask("/metrics");
  expect(status).toBe(200);
  expect(text).toContain("\nmillrace_database_up 0\n");
  expect(text).not.toContain("millrace_open_runs");
  expect(await until(() => lines().some(it => /^The database is away/.test(it.message)), 20_000)).toBe(true);
});

test("it is well again by itself when the database is back, and goes on with its sensors", async () => {
  const before = await keys();
  wire.mend();
  expect(await until(async () => (await ask("/healthz")).status === 200, 30_000)).toBe(true);
  expect(await until(async () => (await keys()) > before, 30_000)).toBe(true);
  expect(JSON.parse((await ask("/healthz")).text)).toEqual({ status: "well", leads: true, problems: [] });
  const told = () => lines().flatMap(({ message }) => (/database|after/.test(message) ? [message] : []));
  expect(await until(() => told().length >= 2, 20_000)).toBe(true);
  expect(told()).toEqual([
    expect.stringMatching(/^The database is away: .+\. Nothing is begun until it is back; /),
    expect.stringMatching(/^The database is back, after .+ m?s\.$/),
  ]);
});

/** A wire to PostgreSQL that can be cut. */
interface Wire {
  readonly url: string;
  cut(): void;
  mend(): void;
  close(): Promise<void>;
}

async function openWire(url: string): Promise<Wire> {
  const target = new URL(url);
  const sockets = new Set<Socket>();
  let isCut = false;
  const server: Server = createServer(socket => {
    if (isCut) {
      socket.destroy();
      return;
    }
    const other = connect(Number(target.port), target.hostname);
    for (const [from, to] of [
      [socket, other],
      [other, socket],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on("error", () => {});
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>(resolve => server.listen(0, "127.0.0.1", resolve));
  const through = new URL(url);
  through.hostname = "127.0.0.1";
  through.port = String((server.address() as AddressInfo).port);
  return {
    url: through.href,
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    mend() {
      isCut = false;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
