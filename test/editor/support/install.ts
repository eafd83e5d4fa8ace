import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";
import { installExtension } from "./extension.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder that the extension is installed in. */
    extensions: string;
  }
}

/** Once for all files of a run: the extension is packed and installed, for each editor to find it. */
export async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "millrace-extension-"));
  provide("extensions", await installExtension(folder));
  return () => rm(folder, { recursive: true, force: true });
}
