import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { FoundDbt } from "../src/dbt/find.ts";
import { readConfiguration } from "../src/engine/configuration.ts";
import type { Engine } from "../src/engine/engine.ts";
import { startEngine } from "../src/engine/startEngine.ts";
import { openState } from "../src/engine/stateDatabase.ts";
import { readManifestAside } from "../src/scan/manifestThread.ts";
import { stopEmbedded } from "../src/store/embedded/embedded.ts";
import { testDbt } from "../test/support/dbt.ts";
import { fromSamples, type Report } from "./figures/figure.ts";

/** dbt by a run of ours, warm, beside dbt's own command line in the same project. */
export async function bench(report: Report) {
  const found = await testDbt();
  for (const [models, budget] of [
    [100, 300],
    [500, 500],
    [2_000, 800],
  ] as const) {
    await withProject(found, models, async project => {
      const ours: number[] = [];
      await project.materialize("m_7");
      for (let round = 0; round < 10; round++) ours.push(await timed(() => project.materialize("m_7")));
      const theirs = await timed(() => project.dbt("run", "--select", "m_7"));
      report(
        fromSamples(ours, 50, {
          figure: `one model in a project of ${models.toLocaleString("en")}, warm`,
          unit: "ms",
          budget,
          better: "lower",
          peer: { name: "dbt run --select", value: Math.round(theirs) },
        }),
      );
      if (models === 100) await days(project, report);
    });
  }
  await manifest(report);
}

interface BenchProject {
  readonly engine: Engine;
  materialize(selection: string): Promise<void>;
  dbt(...args: string[]): Promise<void>;
}

/** Thirty days of an incremental model, a run for each as dbt has to, or in one run. */
async function days({ engine, dbt }: BenchProject, report: Report) {
  const since = performance.now();
  const { backfillId } = await engine.launchBackfill({
    selection: "mart",
    partitions: "2026-01-01...2026-01-30",
    only: [],
    maxParallel: null,
    requestedBy: "bench",
  });
  const { status } = await engine.waitForBackfill(backfillId);
  if (status !== "succeeded") throw new Error(`The backfill is ${status}.`);
  const ours = performance.now() - since;
  const theirs = await timed(async () => {
    for (let day = 0; day < 30; day++) await dbt("run", "--select", "mart");
  });
  report(
    fromSamples([ours], 50, {
      figure: "30 days of an incremental model, each recorded by itself",
      unit: "ms",
      budget: null,
      better: "lower",
      peer: { name: "dbt run --select, 30 times", value: Math.round(theirs) },
    }),
  );
}

async function manifest(report: Report) {
  const folder = await mkdtemp(join(tmpdir(), "millrace-bench-"));
  try {
    const path = join(folder, "manifest.json");
    await writeFile(path, JSON.stringify(manifestOf(10_000)));
    await readManifestAside(path, "manifest.json");
    const times: number[] = [];
    const blocked: number[] = [];
    for (let round = 0; round < 5; round++) {
      const delay = monitorEventLoopDelay({ resolution: 1 });
      delay.enable();
      times.push(await timed(() => readManifestAside(path, "manifest.json")));
      delay.disable();
      blocked.push(delay.max / 1e6);
    }
    const common = { unit: "ms", better: "lower", peer: null } as const;
    report(fromSamples(times, 50, { ...common, figure: "manifest of 10,000 models read", budget: 1_500 }));
    report(fromSamples(blocked, 50, { ...common, figure: "longest block of who asked for it", budget: 50 }));
    const reader = new URL("../src/scan/manifestThread.ts", import.meta.url).href;
    const [ours, raw] = [await peakMemory(reader, path), await peakMemory("JSON.parse", path)];
    report(
      fromSamples(ours, 50, {
        figure: "memory (peak RSS) of a process that reads it, thread included",
        unit: "MB",
        budget: null,
        better: "lower",
        peer: { name: "JSON.parse alone", value: Math.round(Math.min(...raw)) },
      }),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Each in a process of its own, which starts with nothing. */
async function peakMemory(how: string, manifest: string): Promise<number[]> {
  const script = fileURLToPath(new URL("scan/manifestOnce.mjs", import.meta.url));
  const samples: number[] = [];
  for (let round = 0; round < 3; round++) {
    const { stdout } = await promisify(execFile)(process.execPath, [script, how, manifest]);
    const { megabytes, models } = JSON.parse(stdout) as { megabytes: number; models: number };
    if (models !== 10_000) throw new Error(`${models} of 10,000 models were read.`);
    samples.push(megabytes);
  }
  return samples;
}

async function withProject(
  found: FoundDbt,
  models: number,
  work: (project: BenchProject) => Promise<void>,
): Promise<void> {
  const root = await mkdtemp(join(tmpdir(), "millrace-bench-"));
  const project = join(root, "dbt");
  try {
    await writeFiles(root, {
      "millrace.json": JSON.stringify({ dbt: { project: "dbt", command: found.command } }),
      "dbt/dbt_project.yml": 'name: bench\nversion: "1.0"\nprofile: bench\n',
      "dbt/models/mart.sql": mart,
      ...Object.fromEntries(
        Array.from({ length: models }, (_, at) => [`dbt/models/m_${at}.sql`, modelText(at)]),
      ),
    });
    const configuration = await readConfiguration(root, {}, {});
    const database = await openState(configuration, { name: "bench" });
    const engine = await startEngine({ configuration, database, name: "bench" });
    try {
      await work({
        engine,
        async materialize(selection) {
          const { runId } = await engine.materialize({ selection, requestedBy: "bench" });
          const { status } = await engine.waitForRun(runId);
          if (status !== "succeeded") throw new Error(`The run is ${status}.`);
        },
        async dbt(...args) {
          const [program = "dbt", ...first] = found.command;
          const places = [
            "--project-dir",
            project,
            "--profiles-dir",
            join(root, ".millrace", "dbt", "profiles"),
          ];
          const password = decodeURIComponent(new URL(database.url).password);
          const env = { ...process.env, DBT_ENV_SECRET_MILLRACE_PASSWORD: password };
          await promisify(execFile)(program, [...first, ...args, ...places], { env });
        },
      });
    } finally {
      await engine.stop();
    }
  } finally {
    await stopEmbedded(join(root, ".millrace"));
    await rm(root, { recursive: true, force: true });
  }
}

const mart = `{{ config(materialized='incremental', unique_key='day', incremental_strategy='delete+insert',
  meta={'millrace': {'partitions': {'daily': {'start': '2026-01-01'}}}}) }}
select at::date as day, count(*) as hours
from generate_series('2026-01-01'::timestamptz, '2026-01-30 23:00+00', '1 hour') as at
where at >= coalesce(nullif(current_setting('millrace.partition_start', true), '')::timestamptz, '-infinity')
  and at < coalesce(nullif(current_setting('millrace.partition_end', true), '')::timestamptz, 'infinity')
group by 1`;

/** Each tenth model stands alone, the others follow the one before. */
function modelText(at: number): string {
  const from = at % 10 === 0 || at === 7 ? "" : ` from {{ ref('m_${at - 1}') }}`;
  return `{{ config(materialized='table') }} select ${at} as id${from}`;
}

function manifestOf(models: number) {
  const nodes = Array.from({ length: models }, (_, at) => [
    `model.bench.m_${at}`,
    {
      unique_id: `model.bench.m_${at}`,
      resource_type: "model",
      package_name: "bench",
      name: `m_${at}`,
      alias: `m_${at}`,
      schema: "dbt",
      original_file_path: `models/m_${at}.sql`,
      raw_code: `select *, ${"x".repeat(1_500)} from {{ ref('m_${at - 1}') }}`,
      depends_on: { macros: [], nodes: at % 10 === 0 ? [] : [`model.bench.m_${at - 1}`] },
      config: { materialized: "table", enabled: true, tags: [], meta: {} },
      columns: Object.fromEntries(["id", "name", "at"].map(name => [name, { name, description: "" }])),
      checksum: { name: "sha256", checksum: String(at).padStart(64, "0") },
    },
  ]);
  return {
    metadata: {
      dbt_schema_version: "https://schemas.getdbt.com/dbt/manifest/v12.json",
      project_name: "bench",
      adapter_type: "postgres",
    },
    nodes: Object.fromEntries(nodes),
    sources: {},
    macros: {},
  };
}

async function writeFiles(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), text);
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const since = performance.now();
  await work();
  return performance.now() - since;
}
