import type { FileScan } from "./fileScan.ts";

/** Scans as one string: across a thread's border in half the time that cloning the objects takes. */
export function writeScans(scans: readonly FileScan[]): string {
  return JSON.stringify(scans.map(it => ({ ...it, names: [...it.names], exports: [...it.exports] })));
}

/** What `writeScans` wrote, on the other side. */
export function readScansMessage(message: string): FileScan[] {
  const scans = JSON.parse(message) as WrittenScan[];
  return scans.map(it => ({ ...it, names: new Map(it.names), exports: new Map(it.exports) }));
}

type WrittenScan = Omit<FileScan, "names" | "exports"> & {
  names: [string, FileScan["names"] extends ReadonlyMap<string, infer Value> ? Value : never][];
  exports: WrittenScan["names"];
};
