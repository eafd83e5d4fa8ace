import { copyFile, mkdir, rename, rm, stat, utimes } from "node:fs/promises";
import { dirname } from "node:path";
import { compareManifests, keptManifest } from "../scan/keptManifest.ts";

/** Keeps dbt's manifest as the one of the target that Millrace uses. Without it only other targets go unnoticed. */
export async function keepManifest(root: string, manifest: string): Promise<void> {
  const kept = keptManifest(root);
  if ((await compareManifests(kept, manifest)) === "same") return;
  const half = `${kept}.${process.pid}`;
  try {
    await mkdir(dirname(kept), { recursive: true });
    const { atime, mtime } = await stat(manifest);
    await copyFile(manifest, half);
    await utimes(half, atime, mtime);
    await rename(half, kept);
  } catch {
    await rm(half, { force: true }).catch(() => {});
  }
}
