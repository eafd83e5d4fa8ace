import { cp, mkdir, symlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { csvOf, daysUntil } from "../../../scripts/weather/csvFile.ts";
import { type Project, writeProject } from "../../support/project.ts";

const clone = fileURLToPath(new URL("../../..", import.meta.url)).replace(/[\\/]$/, "");

/** A workspace as a user has one: asset files, and the package installed beside them. */
export async function writeWorkspace(files: Record<string, string>): Promise<Project> {
  const project = await writeProject({
    "package.json": JSON.stringify({ name: "weather", type: "module", private: true }),
    "millrace.json": "{}\n",
    ...files,
  });
  await mkdir(join(project.root, "node_modules"));
  await symlink(clone, join(project.root, "node_modules", "millrace"), "junction");
  return project;
}

/**
 * A copy of the sample workspace with its weather files, for what tests do in it is not its user's. With fewer phases
 * all assets have room in the tree, which makes only the rows that it shows.
 */
export async function copySample({ phases = 9 } = {}): Promise<Project> {
  const sample = join(clone, "sample-workspace");
  const project = await writeWorkspace({});
  const left = new Set([".millrace", "node_modules", "data", "tsconfig.json"]);
  const isWanted = (source: string) => {
    const phase = /^phase(\d)/.exec(basename(source))?.[1] ?? "0";
    return !left.has(basename(source)) && Number(phase) <= phases;
  };
  await cp(sample, project.root, { recursive: true, filter: isWanted });
  for (const day of daysUntil("2026-01-31", 30))
    await project.write(`data/readings-${day}.csv`, csvOf(day, 1));
  if (phases >= 4) await copyDbtProject(join(project.root, "dbt_project"));
  const dbt = phases >= 4 ? { dbt: { project: "dbt_project" } } : {};
  await project.write("millrace.json", JSON.stringify({ assets: ["assets"], ...dbt }));
  await project.write("tsconfig.json", JSON.stringify(compilerOptions));
  return project;
}

function copyDbtProject(folder: string): Promise<void> {
  const left = new Set(["target", "logs"]);
  return cp(join(clone, "dbt_project"), folder, {
    recursive: true,
    filter: source => !left.has(basename(source)),
  });
}

const compilerOptions = {
  compilerOptions: {
    target: "es2023",
    module: "nodenext",
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    types: [],
  },
};

/** Four assets in two groups, of which one fails and one takes its time. */
export const weatherFiles: Record<string, string> = {
  "assets/weather.ts": `import { asset } from "millrace";

export const readings = asset("weather/readings", {
  description: "What the stations sent.",
  group: "weather",
  owners: ["team:climate"],
  materialize: () => [
    { city: "Bergen", celsius: 4.5 },
    { city: "Lima", celsius: 19 },
    { city: "Oslo", celsius: -3.25 },
  ],
});

export const cities = asset("weather/cities", {
  description: "One row per city.",
  group: "weather",
  inputs: { readings },
  materialize: ({ readings }) => readings.map(({ city }) => ({ city })),
});
`,
  "assets/reports.ts": `import { asset } from "millrace";
import { cities, readings } from "./weather.ts";

export const broken = asset("reports/broken", {
  group: "reports",
  deps: [cities],
  materialize: () => {
    throw new Error("the forecast has no column celsius");
  },
});

export const slow = asset("reports/slow", {
  group: "reports",
  deps: [readings],
  materialize: async (_, { signal }) => {
    for (let second = 0; second < 120; second++) {
      signal.throwIfAborted();
      await new Promise(resolve => setTimeout(resolve, 250));
    }
    return [{ done: true }];
  },
});
`,
};
