import type { AssetKey } from "../model/assetKey.ts";
import { formatDuration } from "../model/format.ts";
import type { DbtProject } from "../scan/dbtProject.ts";
import { ConfigurationError } from "./configuration.ts";
import { type DbtSession, UnreadableProject } from "./dbtSession.ts";
import type { CodeLoader, LoadedCode } from "./loadedCode.ts";

/**
 * Plans something. When it concerns dbt and the manifest is not of the present files, dbt reads its project first,
 * and it is planned again; so it is when the plan is refused, for what is named may be new.
 */
export async function planWithDbt<Planned>(
  { load, latest }: Pick<CodeLoader, "load" | "latest">,
  session: DbtSession,
  planning: {
    plan(): Promise<Planned>;
    assetsOf(planned: Planned): readonly AssetKey[];
    say(message: string): void;
  },
): Promise<Planned> {
  let refusal: unknown = null;
  try {
    const planned = await planning.plan();
    const code = latest() ?? (await load());
    const need = needOf(code, planning.assetsOf(planned));
    const { project } = code.dbt;
    if (need === "nothing" || project === null) return planned;
    if (need === "dbt") {
      session.warmUp(project);
      return planned;
    }
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    refusal = error;
  }
  const { dbt } = await load();
  if (refusal !== null && !(dbt.project && isOutdated(dbt))) throw refusal;
  await parse(dbt.project as DbtProject);
  return planning.plan();

  async function parse(project: DbtProject) {
    const since = performance.now();
    planning.say(`dbt reads the project ${project.name}, for its manifest is not of the present files.`);
    try {
      await session.parse(project);
    } catch (error) {
      if (refusal === null) throw error;
      // Without dbt it stays what it was; both reasons are worth knowing.
      const both = `${(refusal as Error).message}\n${(error as Error).message}`;
      if (error instanceof UnreadableProject) throw new UnreadableProject(both, error.data.dbtError);
      throw new ConfigurationError(both);
    }
    planning.say(`dbt has read it in ${formatDuration(performance.now() - since)}.`);
  }
}

/** What a plan asks of dbt: to run with what it has read, to read the project anew, or nothing. */
function needOf({ graph, dbt }: LoadedCode, assets: readonly AssetKey[]): "nothing" | "dbt" | "parse" {
  const planned = new Set(assets);
  const ofDbt = new Set(graph.assets.filter(it => it.kind === "dbt").map(it => it.key));
  if (assets.some(it => ofDbt.has(it))) return isOutdated(dbt) ? "parse" : "dbt";
  const isTested = graph.assets.some(it => planned.has(it.key) && it.sourceTests?.length);
  if (isTested && dbt.state?.graph === "manifest") return "dbt";
  const reads = graph.edges.some(it => planned.has(it.to) && ofDbt.has(it.from));
  // TypeScript would read the tables of another target.
  const isUnsure = dbt.state?.graph === "provisional" || dbt.state?.isOfOtherTarget;
  return reads && isUnsure ? "parse" : "nothing";
}

/** Whether the manifest is not of the present files. */
export function isOutdated({ state }: Pick<LoadedCode["dbt"], "state">): boolean {
  return (
    state !== null &&
    (state.graph !== "manifest" || state.changes.length > 0 || state.isOfOtherTarget === true)
  );
}
