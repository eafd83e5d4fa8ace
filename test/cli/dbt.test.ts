import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { microbatchTrouble } from "../../src/dbt/microbatch.ts";
import { setUpDbt } from "../../src/dbt/setUp.ts";
import { testDbt } from "../support/dbt.ts";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

const files = {
  "shop/dbt_project.yml": 'name: shop\nversion: "1.0"\nprofile: shop\nmodels: { +materialized: table }\n',
  "shop/models/orders.sql":
    "select 1::bigint as id, 'Oslo' as city, 2.5::float8 as amount, now() as ordered_at\n",
  "shop/models/totals.sql": "select city, sum(amount) as total from {{ ref('orders') }} group by city\n",
  "shop/models/shop.yml": JSON.stringify({
    models: [
      {
        name: "orders",
        description: "What was ordered.",
        columns: [
          { name: "id", data_tests: ["not_null"] },
          { name: "city", description: "Where it goes.", data_tests: ["not_null"] },
        ],
      },
    ],
  }),
  "assets/report.ts": `import { asset } from "millrace";
import { orders } from "./dbtModels.ts";

export const report = asset("report", {
  inputs: { orders },
  materialize: ({ orders }) => orders.map(it => ({ city: it.city.toUpperCase(), id: it.id, amount: it.amount ?? 0 })),
});
`,
  "tsconfig.json": JSON.stringify({
    compilerOptions: {
      target: "es2023",
      module: "nodenext",
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      types: [],
    },
    include: ["assets"],
  }),
  "package.json": '{ "type": "module", "private": true }',
};

let workspace: TestWorkspace;
let command: readonly string[];

beforeAll(async () => {
  ({ command } = await testDbt());
  workspace = await testWorkspace({ ...files, "millrace.json": JSON.stringify({ dbt: { command } }) });
  await mkdir(join(workspace.root, "node_modules"));
  await symlink(resolve("."), join(workspace.root, "node_modules", "millrace"));
}, 600_000);

afterAll(() => workspace?.remove());

describe("the workspace's dbt", { timeout: 200_000 }, () => {
  test("does whatever stands behind --, with a profile that Millrace makes, and its exit code", async () => {
    const built = await workspace.millrace("dbt", "--", "run", "--quiet");
    expect([built.code, built.stderr]).toEqual([0, ""]);
    expect(await workspace.query("select * from dbt.totals")).toEqual([{ city: "Oslo", total: 2.5 }]);
    const wrong = await workspace.millrace("dbt", "--", "run", "--select", "orders", "--target", "nowhere");
    expect(wrong.code).toBe(2);
    expect(wrong.stdout).toContain("does not have a target named 'nowhere'");
  });

  test("gives its models' rows as types, and a renamed column no longer compiles where it is read", async () => {
    const out = ["--out", "assets/dbtModels.ts"];
    const first = await workspace.millrace("dbt", "types", ...out);
    expect([first.code, first.stderr]).toEqual([0, ""]);
    expect(compile(workspace.root)).toBe("");
    expect((await workspace.millrace("dbt", "types", ...out, "--check")).code).toBe(0);

    await workspace.write(
      "shop/models/orders.sql",
      "select 1::bigint as id, 'Oslo' as town, 2.5::float8 as amount, now() as ordered_at\n",
    );
    await workspace.write("shop/models/totals.sql", "select 1 as total from {{ ref('orders') }}\n");
    await workspace.millrace("dbt", "--", "run", "--quiet");
    const late = await workspace.millrace("dbt", "types", ...out, "--check");
    expect(late.code).toBe(1);
    expect(late.stderr).toContain("assets/dbtModels.ts is not what dbt's models are now");
    await workspace.millrace("dbt", "types", ...out);
    expect(compile(workspace.root)).toMatch(/assets\/report\.ts\(6,.*Property 'city' does not exist/);
  });

  test("parses its project; what is wrong stands at its line", async () => {
    const totals = "select 1 as total from {{ ref('orders') }}\n";
    await workspace.write("shop/models/totals.sql", totals);
    const good = await workspace.millrace("dbt", "parse", "--json");
    expect(good.json()).toMatchObject({ error: null, nodes: 2 });
    await workspace.write("shop/macros/none.sql", "{# #}\n");
    await workspace.write("shop/models/totals.sql", "select 1 as total from {{ ref('ordrs') }}\n");
    for (const command of ["scan", "list"]) {
      expect((await workspace.millrace(command)).stderr).toContain(
        '! Changed since dbt parsed shop, and not checked here: shop/macros/none.sql (new), shop/models/totals.sql. Run "millrace dbt parse".\n',
      );
      const told = (await workspace.millrace(command, "--json")).json<{
        dbt: { changes: { file: string }[] };
      }>();
      expect(told.dbt.changes.map(it => it.file)).toEqual(["macros/none.sql", "models/totals.sql"]);
    }
    await workspace.write("shop/models/totals.sql", totals);
    await rm(join(workspace.root, "shop/macros/none.sql"));
    expect((await workspace.millrace("scan")).stderr).not.toContain("dbt parsed");
    await workspace.write("shop/models/broken.sql", "select 1 as id,\n  {{ ref('orders' }}\n");
    const bad = await workspace.millrace("dbt", "parse");
    expect(bad.code).toBe(1);
    expect(bad.stderr).toMatch(/shop\/models\/broken\.sql:2:\d+ .*unexpected '}'/s);
    await rm(join(workspace.root, "shop/models/broken.sql"));
  });
});

test("types follow from dbt's files alone when the database is not to be asked", {
  timeout: 200_000,
}, async () => {
  const { stdout, stderr } = await workspace.millrace("dbt", "types", "--offline");
  expect(stdout).toContain(`/** What was ordered. */
export interface OrdersRow {
  readonly id: unknown;
  /** Where it goes. */
  readonly city: unknown;
}
export const orders = dbtModel<OrdersRow>("orders");`);
  expect(stderr).toContain("No column is known of totals.");
});

test("dbt is set up in an environment of the workspace's own, and only once", {
  timeout: 600_000,
}, async () => {
  const root = await mkdtemp(join(tmpdir(), "millrace-setup-"));
  const { python } = await testDbt();
  const folder = join(root, ".millrace", "dbt", "venv");
  await mkdir(dirname(folder), { recursive: true });
  await symlink(dirname(dirname(python ?? "")), folder);
  const said: string[] = [];
  await setUpDbt({ folder, env: { PATH: "" }, onProgress: line => said.push(line) });
  expect(said).toEqual([]);
  await rm(folder);
  await expect(setUpDbt({ folder, env: { PATH: "" } })).rejects.toThrow("no Python to install dbt with");
  await rm(root, { recursive: true });
});

describe("doctor", { timeout: 200_000 }, () => {
  const profile = (target: Record<string, unknown>, name = "shop") =>
    workspace.write(
      "profiles/profiles.yml",
      JSON.stringify({
        [name]: { target: "dev", outputs: { dev: { type: "postgres", schema: "x", ...target } } },
      }),
    );
  const settings = (dbt: Record<string, unknown>) =>
    workspace.write("millrace.json", JSON.stringify({ dbt: { command, profiles: "profiles", ...dbt } }));
  const examine = async () => {
    const { lines } = (await workspace.millrace("doctor", "--json")).json<{ lines: DoctorLine[] }>();
    return Object.fromEntries(lines.filter(it => it.name.startsWith("dbt")).map(it => [it.name, it]));
  };
  const database = () => {
    const { hostname, port, username, password, pathname } = new URL(workspace.url);
    return { host: hostname, port: Number(port), user: username, password, dbname: pathname.slice(1) };
  };

  test("says that all is well, with versions and the database", async () => {
    await settings({});
    await profile(database());
    expect(await examine()).toMatchObject({
      "dbt project": { value: "shop", state: "ok" },
      dbt: { value: expect.stringMatching(/^1\.11\.\d+, postgres /), source: "the setting", state: "ok" },
      "dbt profile": { value: expect.stringContaining(`postgres at ${database().host}:`), state: "ok" },
    });
  });

  test.each<[string, () => Promise<void>, string, RegExp]>([
    [
      "a wrong target",
      async () => {
        await profile(database());
        await settings({ target: "prod" });
      },
      "dbt profile",
      /has no target "prod"\. Write "dev" in millrace\.json/,
    ],
    [
      "a wrong profile",
      () => profile(database(), "market"),
      "dbt profile",
      /no profiles\.yml with a profile "shop"/,
    ],
    [
      "a database that does not answer",
      () => profile({ ...database(), port: 9 }),
      "dbt profile",
      /Nothing answers .*:9\..* Start the database, or correct host and port/,
    ],
    [
      "a database that is not there",
      () => profile({ ...database(), dbname: "nowhere" }),
      "dbt profile",
      /"nowhere" does not exist.*Create the database/,
    ],
    [
      "a wrong password",
      () => profile({ ...database(), password: "wrong" }),
      "dbt profile",
      /refuses the password of .* Correct user or password in .*profiles\.yml/,
    ],
    [
      "a command that does not start",
      () => settings({ command: ["./nowhere/dbt"] }),
      "dbt",
      /there is no program ".\/nowhere\/dbt"\. Correct the command/,
    ],
  ])("explains %s", async (_, break_, name, advice) => {
    await settings({});
    await profile(database());
    await break_();
    const { [name]: line } = await examine();
    expect(line).toMatchObject({ state: "error", advice: expect.stringMatching(advice) });
  });
});

test("microbatch models need dbt 1.9, and say so", () => {
  expect(microbatchTrouble(["model.shop.batches"], "1.8.9")?.problem).toContain(
    "need dbt 1.9 or newer, and this is 1.8.9",
  );
  expect(microbatchTrouble(["model.shop.batches"], "1.11.0")).toBeNull();
  expect(microbatchTrouble([], "1.8.9")).toBeNull();
});

interface DoctorLine {
  name: string;
  value: string;
  state: string;
  advice: string | null;
}

/** What the real compiler says of the workspace. */
function compile(root: string): string {
  return spawnSync(resolve("node_modules/.bin/tsc"), ["-p", root, "--pretty", "false"], {
    cwd: root,
    encoding: "utf8",
  }).stdout;
}
