import { ConfigurationError } from "../engine/configuration.ts";
import { placeOfTest } from "../engine/dbtTestPlaces.ts";
import { assetChecks } from "../model/assetChecks.ts";
import type { AssetGraph } from "../model/assetGraph.ts";
import { selectByText } from "../model/assetSelection.ts";
import { formatDuration } from "../model/format.ts";
import { shellWord } from "../model/shellWord.ts";
import type { CheckReport } from "../protocol/stored.ts";
import { requestOf } from "./dbtFlags.ts";
import { color, printJson, say, table } from "./terminal.ts";
import { configurationOf, type WorkspaceOptions, withEngine } from "./workspace.ts";

/** Runs checks and dbt's tests on what is stored. Exits 1 when one failed or could not be run. */
export async function checks(
  selection: string,
  options: WorkspaceOptions & { json?: boolean; state?: string },
): Promise<void> {
  await withEngine({ ...options, warm: true }, async engine => {
    const changes = await engine.stateChanges(selection, requestOf(options).dbt);
    const graph = await engine.definitions();
    const { keys, problems, hints } = selectByText(selection, graph, {
      includeExternal: true,
      ...(changes ? { changes } : {}),
    });
    if (problems.length > 0) throw new ConfigurationError(problems.map(it => it.message).join("\n"));
    for (const hint of hints) process.stderr.write(`${hint}\n`);
    const selected = new Set(keys);
    const requests = graph.assets.filter(it => selected.has(it.key)).flatMap(assetChecks);
    const reports = requests.length === 0 ? [] : await engine.runChecks(requests);
    if (options.json) printJson({ checks: reports });
    else if (reports.length === 0)
      say(keys.length === 0 ? `"${selection}" selects nothing.` : "What is selected has no checks.");
    else print(reports, await hintsOf(reports, graph, (await configurationOf(options)).root));
    if (reports.some(it => it.status === "failed" || it.status === "error")) process.exitCode = 1;
  });
}

const marks: Record<CheckReport["status"], string> = {
  passed: color.green("✓"),
  failed: color.red("✗"),
  warned: color.yellow("!"),
  error: color.red("✗"),
  skipped: color.dim("–"),
};

/** Where each test of dbt that found rows is written, and what shows them. */
function hintsOf(reports: readonly CheckReport[], { assets }: AssetGraph, root: string): Promise<string[]> {
  const found = reports.filter(
    it => it.uniqueId !== null && it.failedRows && (it.status === "failed" || it.status === "warned"),
  );
  return Promise.all(
    found.map(async ({ asset, name }) => {
      const node = assets.find(it => it.key === asset);
      const { file, line } = (node && (await placeOfTest(root, node, name))) ?? {};
      const place = file ? `${file}:${line ?? 1}  ` : "";
      return color.dim(`${place}millrace dbt -- show --select ${shellWord(name)}  shows its rows`);
    }),
  );
}

function print(reports: readonly CheckReport[], hints: readonly string[]): void {
  const rows = reports.map(({ asset, name, status, durationMs, message, error }) => [
    `${marks[status]} ${asset}`,
    name,
    durationMs === null ? "" : color.dim(formatDuration(durationMs)),
    [message?.split("\n")[0], error?.file && `(${error.file}:${error.line})`].filter(Boolean).join(" "),
  ]);
  say(table(rows));
  for (const hint of new Set(hints)) say(hint);
  const failed = reports.filter(it => it.status === "failed" || it.status === "error").length;
  say(`${reports.length - failed} passed, ${failed} failed`);
}
