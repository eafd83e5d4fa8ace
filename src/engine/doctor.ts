import { existsSync } from "node:fs";
import { formatCounted } from "../model/format.ts";
import type { DoctorLine } from "../protocol/engine.ts";
import { scanWorkspace } from "../scan/workspace.ts";
import { type Configuration, type Overrides, readConfiguration } from "./configuration.ts";
import { examineDbt } from "./dbtDoctor.ts";
import { sdkModules, version, workerEntry } from "./installation.ts";
import { databaseStatus } from "./stateDatabase.ts";

/** Looks at everything Millrace needs; nothing is started and nothing is changed. */
export async function examine(root: string, overrides: Overrides = {}): Promise<DoctorLine[]> {
  const lines = [
    line("millrace", version, "this installation"),
    nodeLine(),
    line("workspace", root, "nearest root upward"),
  ];
  let configuration: Configuration;
  try {
    configuration = await readConfiguration(root, overrides);
  } catch (error) {
    return [
      ...lines,
      {
        ...line("configuration", "wrong", "millrace.json"),
        state: "error",
        advice: (error as Error).message,
      },
    ];
  }
  const { assets, environment, assetSchema, parallelRuns, parallelSteps, allRuns, pools, eventDays } =
    configuration;
  return [
    ...lines,
    line("environment", environment.value, environment.source),
    line("asset files", assets.value?.join(", ") ?? "every file that imports millrace", assets.source),
    line("asset schema", assetSchema.value, assetSchema.source),
    line("runs at once", String(parallelRuns.value), parallelRuns.source),
    line(
      "runs of all engines at once",
      allRuns.value === null ? "no limit" : String(allRuns.value),
      allRuns.source,
    ),
    line(
      "pools",
      Object.entries(pools.value)
        .map(([name, slots]) => `${name} ${slots}`)
        .join(", ") || "none",
      pools.source,
    ),
    line("steps at once", String(parallelSteps.value), parallelSteps.source),
    line("days of events", String(eventDays.value), eventDays.source),
    await assetsLine(configuration),
    await bundlerLine(),
    workerLine(),
    await databaseLine(configuration),
    ...(await examineDbt(configuration)),
  ];
}

function line(name: string, value: string, source: string): DoctorLine {
  return { name, value, source, state: "ok", advice: null };
}

function nodeLine(): DoctorLine {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const enough = major > 20 || (major === 20 && minor >= 19);
  const found = line("node", process.versions.node, process.execPath);
  return enough
    ? found
    : { ...found, state: "error", advice: "Millrace needs Node 20.19 or newer. Update Node." };
}

async function assetsLine({ root, assets }: Configuration): Promise<DoctorLine> {
  const graph = await scanWorkspace(root, assets.value ? { include: assets.value } : {});
  const errors = graph.problems.filter(problem => problem.severity === "error").length;
  const found = line(
    "assets",
    [formatCounted(graph.assets.length, "asset"), formatCounted(errors, "error")].join(", "),
    "scan",
  );
  if (errors > 0) return { ...found, state: "error", advice: 'See them with "millrace scan".' };
  if (graph.assets.length === 0)
    return {
      ...found,
      state: "warning",
      advice: '"millrace scan" says where they are looked for, "millrace init" writes a first one.',
    };
  return found;
}

async function bundlerLine(): Promise<DoctorLine> {
  try {
    const { version: found } = await import("esbuild");
    return line("esbuild", found, "bundles asset files");
  } catch (error) {
    const advice = `Install it: npm install millrace. (${(error as Error).message.split("\n")[0]})`;
    return { ...line("esbuild", "missing", "bundles asset files"), state: "error", advice };
  }
}

function workerLine(): DoctorLine {
  const missing = [workerEntry.href, ...Object.values(sdkModules)].filter(url => !existsSync(new URL(url)));
  const found = line("worker", missing.length > 0 ? "missing" : "ready", "this installation");
  return missing.length > 0
    ? { ...found, state: "error", advice: `Install millrace again: ${missing[0]} is gone.` }
    : found;
}

async function databaseLine(configuration: Configuration): Promise<DoctorLine> {
  const { kind, state, url, version: server, source, problem } = await databaseStatus(configuration);
  const value = [kind === "embedded" ? "embedded" : url, state, server].filter(Boolean).join(", ");
  return { ...line("database", value, source), state: problem ? "error" : "ok", advice: problem };
}
