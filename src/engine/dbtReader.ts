import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { dbtFiles } from "../scan/dbtFiles.ts";
import { type DbtProject, findDbtProject, projectFile, readRootSettings } from "../scan/dbtProject.ts";
import { type DbtScan, readDbt } from "../scan/dbtScan.ts";
import { compareManifests, keptManifest } from "../scan/keptManifest.ts";
import type { Placement } from "../scan/manifestPlacement.ts";
import type { DbtSettings } from "./configuration.ts";
import { keepManifest } from "./keepManifest.ts";

/** The dbt project of a root as it is now. */
export interface ReadDbtProject {
  readonly scan: DbtScan;
  /** Names what the graph of it is; the same on every machine that has the same project and target. "" without one. */
  readonly digest: string;
  /** Names the variables of dbt, which are part of the code that asks for them. */
  readonly vars: string;
}

/** Answers the dbt project; reads it anew only when its manifest or one of its files has changed. */
export function createDbtReader(
  root: string,
  { vars, target, variantManifest }: DbtSettings,
  placementOfUsual: () => Promise<Placement | null>,
): () => Promise<ReadDbtProject> {
  let known: { stamp: string; kept: string; read: ReadDbtProject } | null = null;
  return async () => {
    const { project } = await findDbtProject(root, await readRootSettings(root, variantManifest));
    const stamp = project === null ? "" : await stampOf(project);
    const kept = project === null ? "" : await keptStamp(project);
    const isKnown = known?.stamp === stamp && known.kept === kept;
    if (known && isKnown && known.read.scan.project?.folder === project?.folder) return known.read;
    const expected = kept === "absent" ? await placementOfUsual() : null;
    const scan = await readDbt(root, known?.read.scan ?? null, undefined, variantManifest, expected);
    const varsDigest = hash([vars, project === null ? "" : await varsIn(project)]);
    const read = { scan, digest: digestOf(scan, varsDigest, target), vars: varsDigest };
    if (project !== null && scan.state?.graph === "manifest" && !scan.state.isOfOtherTarget) {
      if (variantManifest === null) await keepManifest(root, project.manifest);
    }
    known = { stamp, kept: project === null ? "" : await keptStamp(project), read };
    return read;
  };

  /** Another copy makes another graph only while dbt's own manifest is of another target. */
  async function keptStamp({ manifest }: DbtProject): Promise<string> {
    if (variantManifest !== null) return "";
    const kept = keptManifest(root);
    const compared = await compareManifests(kept, manifest);
    return compared === "other" ? String((await stat(kept).catch(() => null))?.mtimeMs) : compared;
  }
}

async function stampOf(project: DbtProject): Promise<string> {
  const files = await dbtFiles(project);
  const [settings, manifest] = await Promise.all(
    [join(project.folder, projectFile), project.manifest].map(async file => {
      const found = await stat(file).catch(() => null);
      return [found?.mtimeMs, found?.size];
    }),
  );
  return JSON.stringify([settings, manifest, files.map(({ file, writtenAt }) => [file, writtenAt])]);
}

/** A target may differ from another one in the host alone, of which no manifest tells. */
function digestOf({ project, graph }: DbtScan, vars: string, target: string | null): string {
  if (project === null) return "";
  const { assets, edges, files } = graph;
  return hash([assets, edges, files, vars, target]);
}

/** What stands below "vars" in dbt_project.yml, as text. */
async function varsIn({ folder }: DbtProject): Promise<string> {
  const text = await readFile(join(folder, projectFile), "utf8").catch(() => "");
  return /^vars\s*:.*(?:\n(?![^\s#]).*)*/m.exec(text)?.[0] ?? "";
}

function hash(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 12);
}
