import { parentPort, workerData } from "node:worker_threads";
import { catalogOf, readDbtColumns } from "./dbtColumns.ts";
import { readManifest } from "./manifest.ts";
import { type ColumnsOrder, type ManifestOrder, writeManifestMessages } from "./manifestMessage.ts";
import { readScanSync } from "./readScan.ts";
import { writeScans } from "./scanMessage.ts";

/** A thread that reads and parses: file names in, scans out, one message each; or one manifest, in parts, or columns. */
const { root, manifest, columns } = workerData as {
  root: string;
  manifest?: ManifestOrder;
  columns?: ColumnsOrder;
};

if (manifest) {
  const graph = await readManifest(manifest.path, manifest.file, manifest.place);
  for (const message of writeManifestMessages(graph)) parentPort?.postMessage(message);
} else if (columns) {
  const found = await readDbtColumns(columns.manifest, catalogOf(columns.manifest));
  parentPort?.postMessage(JSON.stringify(found.get(columns.uniqueId) ?? []));
} else {
  parentPort?.on("message", (files: string[]) => {
    parentPort?.postMessage(writeScans(files.flatMap(file => readScanSync(root, file) ?? [])));
  });
}
