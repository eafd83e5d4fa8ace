import { stat } from "node:fs/promises";
import { Worker } from "node:worker_threads";
import type { DbtColumn } from "../model/dbtColumn.ts";
import { catalogOf, readDbtColumns } from "./dbtColumns.ts";
import type { ColumnsOrder } from "./manifestMessage.ts";
import { threadScript } from "./scanThreads.ts";

/** The columns of one node of dbt, read beside the calling thread where the artifacts are large; it never rejects. */
export async function readNodeColumns(manifest: string, uniqueId: string): Promise<readonly DbtColumn[]> {
  const sizes = await Promise.all([manifest, catalogOf(manifest)].map(sizeOf));
  const script = Math.max(...sizes) > worthThread ? threadScript() : null;
  try {
    if (script !== null) return JSON.parse(await messageOf(script, { manifest, uniqueId }));
    return (await readDbtColumns(manifest, catalogOf(manifest))).get(uniqueId) ?? [];
  } catch {
    return [];
  }
}

/** Bytes. Below, starting a thread costs more than reading. */
const worthThread = 300_000;

function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    it => it.size,
    () => 0,
  );
}

function messageOf(script: string, columns: ColumnsOrder): Promise<string> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(script, { workerData: { columns } });
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => reject(new Error("its thread has ended")));
  });
}
