import { availableParallelism } from "node:os";
import type { FileScan } from "./fileScan.ts";
import { readScan } from "./readScan.ts";
import { type ScanThread, startScanThreads } from "./scanThreads.ts";
import { sourceFiles } from "./sourceFiles.ts";

/** Which files of a workspace are read, and until when. */
export interface ReadOptions {
  /** The patterns of `millrace.json`; every file that imports "millrace" when there are none. */
  readonly include?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Reads every asset file under a root; many files are read in threads. */
export async function readScans(root: string, { include, signal }: ReadOptions): Promise<FileScan[]> {
  const files: string[] = [];
  let threads: ScanThread[] = [];
  try {
    for await (const found of sourceFiles(root, include)) {
      signal?.throwIfAborted();
      files.push(...found);
      // They start up while the rest is being found.
      if (threads.length === 0 && files.length >= worthThreads) threads = startScanThreads(root, threadCount);
    }
    return await (threads.length > 0
      ? scanInThreads(root, files, threads, signal)
      : scanHere(root, files, signal));
  } finally {
    await Promise.all(threads.map(it => it.stop()));
  }
}

/** Below this, starting threads costs more than it saves. */
const worthThreads = 300;
/**
 * Each thread makes the parser fast for itself, which takes as long again as the parsing of thousands of files, beside
 * it on another processor: on two of them, one thread is done sooner than two.
 */
const threadCount = availableParallelism() > 2 ? 2 : 1;
/** Large enough that messages are few, small enough that receiving one is a matter of 2 ms. */
const batchSize = 50;
/** Files that are read ahead while one is parsed. */
const readAhead = 4;

async function scanInThreads(root: string, files: string[], threads: ScanThread[], signal?: AbortSignal) {
  const scans: FileScan[] = [];
  let next = 0;
  await Promise.all(
    // While one answer is being received here, the thread is at work on the next batch.
    threads
      .flatMap(it => [it, it])
      .map(async thread => {
        while (next < files.length) {
          signal?.throwIfAborted();
          const batch = files.slice(next, next + batchSize);
          next += batchSize;
          const scanned = await thread.scan(batch).catch(() => scanHere(root, batch, signal));
          scans.push(...scanned);
        }
      }),
  );
  return scans;
}

async function scanHere(root: string, files: readonly string[], signal?: AbortSignal) {
  const scans: FileScan[] = [];
  const remaining = files.values();
  await Promise.all(
    Array.from({ length: readAhead }, async () => {
      for (const file of remaining) {
        signal?.throwIfAborted();
        const scan = await readScan(root, file);
        if (scan !== null) scans.push(scan);
      }
    }),
  );
  return scans;
}
