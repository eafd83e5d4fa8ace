import { mkdir, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { createWorkspaceScan } from "../../src/scan/workspace.ts";
import { type Project, writeProject } from "../support/project.ts";

let project: Project;
afterEach(() => project?.remove());

const compiled = "shop/target/compiled/shop/models/marts/totals.sql";

async function scanned(files: Record<string, string>) {
  project = await writeProject({
    "shop/dbt_project.yml": 'name: shop\nversion: "1.0"\nprofile: shop\n',
    "shop/models/marts/totals.sql": "select 1 as total\n",
    ...files,
  });
  const scan = createWorkspaceScan(project.root);
  const { assets } = await scan.load();
  const totals = assets.find(it => it.key === "totals");
  if (totals === undefined) throw new Error("The scan has not found the model.");
  return { scan, totals };
}

test("what dbt has compiled of a model is read from its target folder, and known to be older than the model", async () => {
  const { scan, totals } = await scanned({ [compiled]: "\nselect 1 as total\n\n" });
  const past = new Date("2026-01-01T00:00:00Z");
  await utimes(join(project.root, "shop/models/marts/totals.sql"), past, past);
  expect(await scan.compiledSql(totals)).toMatchObject({ text: "select 1 as total", isOutdated: false });
  await utimes(
    join(project.root, compiled),
    new Date(past.getTime() - 1000),
    new Date(past.getTime() - 1000),
  );
  expect(await scan.compiledSql(totals)).toMatchObject({
    isOutdated: true,
    compiledAt: "2025-12-31T23:59:59.000Z",
  });
});

test("what dbt never compiled is not there, which is no error", async () => {
  const { scan, totals } = await scanned({});
  expect(await scan.compiledSql(totals)).toBeNull();
  expect(await scan.compiledSql({ ...totals, file: null })).toBeNull();
  expect(await scan.compiledSql({ ...totals, file: "elsewhere/totals.sql" })).toBeNull();
});

test("a model of a package is found below the package's own name", async () => {
  const { scan, totals } = await scanned({});
  const file = join(project.root, "shop/target/compiled/helper/models/extra.sql");
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, "select 2");
  const extra = {
    ...totals,
    file: "shop/dbt_packages/helper/models/extra.sql",
    dbt: totals.dbt && { ...totals.dbt, package: "helper" },
  };
  expect(await scan.compiledSql(extra as typeof totals)).toMatchObject({ text: "select 2" });
});

test("the columns of a node are those of its manifest, also of a large one that a thread reads, and of a broken one none", async () => {
  const node = (size: number) =>
    JSON.stringify({
      metadata: {
        dbt_schema_version: "https://schemas.getdbt.com/dbt/manifest/v12.json",
        project_name: "shop",
      },
      nodes: {
        "model.shop.totals": {
          unique_id: "model.shop.totals",
          columns: { total: { name: "total", data_type: "int", description: "x".repeat(size) } },
        },
      },
      sources: {},
    });
  const { scan } = await scanned({ "shop/target/manifest.json": node(1) });
  const columns = () => scan.dbtColumns("model.shop.totals");
  expect(await columns()).toMatchObject([{ name: "total", type: "int", description: "x" }]);
  await project.write("shop/target/manifest.json", node(400_000));
  expect((await columns())[0]?.description).toHaveLength(400_000);
  await project.write("shop/target/manifest.json", node(400_000).slice(0, 350_000));
  expect(await columns()).toEqual([]);
});
