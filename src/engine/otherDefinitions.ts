import type { ScannedGraph } from "../model/assetGraph.ts";
import type { DefinitionsBundle } from "../protocol/worker.ts";
import { createDefinitionsBundler } from "./definitions.ts";
import { createWorkers } from "./workers.ts";

/** What one file declares, loaded beside the definitions that count: to compare, and never to run. */
export async function loadOtherDefinitions(
  settings: Omit<DefinitionsBundle, "modules">,
  file: string,
): Promise<ScannedGraph> {
  const bundler = createDefinitionsBundler(settings.root, [file], "other-definitions");
  const workers = createWorkers(settings, () => {});
  try {
    return await workers.load(await bundler.bundle());
  } finally {
    await bundler.close();
    await workers.stop();
  }
}
