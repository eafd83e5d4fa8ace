import { stat } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { AssetEdge, AssetNode } from "../model/assetGraph.ts";
import { type ManifestGraph, readManifest, unreadableManifest } from "./manifest.ts";
import { type ManifestOrder, readManifestMessage } from "./manifestMessage.ts";
import type { ManifestPlace } from "./manifestNodes.ts";
import { threadScript } from "./scanThreads.ts";

/** Reads a manifest beside the calling thread, which is never held up for long; rejects only when aborted. */
export async function readManifestAside(
  path: string,
  file: string,
  place: ManifestPlace | null = null,
  signal?: AbortSignal,
): Promise<ManifestGraph> {
  signal?.throwIfAborted();
  const size = await stat(path).then(
    it => it.size,
    () => 0,
  );
  const script = size > worthThread ? threadScript() : null;
  if (script === null) return readManifest(path, file, place);
  try {
    return await joined(await messagesOf(script, { path, file, place }, signal), signal);
  } catch (error) {
    signal?.throwIfAborted();
    const message = `${file} could not be read beside everything else (${(error as Error).message}). Close what needs much memory, and run "dbt parse".`;
    return unreadableManifest(file, message);
  }
}

/** Bytes. Below, starting a thread costs more than reading. */
const worthThread = 300_000;

/** All messages of a thread that reads one manifest; they are cheap to receive and dear to parse. */
function messagesOf(script: string, manifest: ManifestOrder, signal?: AbortSignal): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(script, { workerData: { manifest } });
    const messages: string[] = [];
    const stop = () => void worker.terminate();
    signal?.addEventListener("abort", stop, { once: true });
    worker.on("message", (message: string) => messages.push(message));
    worker.on("error", reject);
    worker.on("exit", code => {
      signal?.removeEventListener("abort", stop);
      if (code === 0) resolve(messages);
      else reject(new Error("its thread has ended"));
    });
  });
}

/** Parses one message after the other, and lets the calling thread do something else in between. */
async function joined(messages: readonly string[], signal?: AbortSignal): Promise<ManifestGraph> {
  const assets: AssetNode[] = [];
  const edges: AssetEdge[] = [];
  let graph: ManifestGraph | null = null;
  for (const message of messages) {
    const part = readManifestMessage(message);
    for (const asset of part.assets) assets.push(asset);
    for (const edge of part.edges) edges.push(edge);
    if (part.rest !== null) graph = { ...part.rest, assets, edges };
    await setImmediate();
    signal?.throwIfAborted();
  }
  if (graph === null) throw new Error("its thread sent too little");
  return graph;
}
