import { parentPort, workerData } from "node:worker_threads";
import { readManifest } from "./manifest.ts";
import { type ManifestOrder, writeManifestMessages } from "./manifestMessage.ts";
import { readScanSync } from "./readScan.ts";
import { writeScans } from "./scanMessage.ts";

/** A thread that reads and parses: file names in, scans out, one message each; or one manifest, in parts. */
const { root, manifest } = workerData as { root: string; manifest?: ManifestOrder };

if (manifest) {
  const graph = await readManifest(manifest.path, manifest.file, manifest.place);
  for (const message of writeManifestMessages(graph)) parentPort?.postMessage(message);
} else {
  parentPort?.on("message", (files: string[]) => {
    parentPort?.postMessage(writeScans(files.flatMap(file => readScanSync(root, file) ?? [])));
  });
}
