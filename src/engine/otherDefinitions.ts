import type { ScannedGraph } from "../model/assetGraph.ts";
import type { DefinitionsBundle } from "../protocol/worker.ts";
import { createDefinitionsBundler, type UnsavedTexts } from "./definitions.ts";
import { createWorkers } from "./workers.ts";

/** What one file declares, loaded beside the definitions that count: to compare, and never to run. */
export async function loadOtherDefinitions(
  settings: Omit<DefinitionsBundle, "modules" | "sensorsOnly">,
  file: string,
  unsaved: UnsavedTexts = {},
): Promise<ScannedGraph> {
  const bundler = createDefinitionsBundler(settings.root, [file], "other-definitions", unsaved);
  const workers = createWorkers({ ...settings, sensorsOnly: true }, () => {});
  try {
    return await workers.load(await bundler.bundle());
  } finally {
    await bundler.close();
    await workers.stop();
  }
}
