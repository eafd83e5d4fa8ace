import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A workspace on disk that lives as long as one test. */
export interface Project {
  /** Absolute, without symbolic links. */
  readonly root: string;
  /** Writes or replaces one file; its folders are made. */
  write(file: string, text: string | Uint8Array): Promise<void>;
  remove(): Promise<void>;
}

/** Writes an inline workspace (path → text) into a temporary folder of its own. */
export async function writeProject(files: Record<string, string | Uint8Array>): Promise<Project> {
  const root = await realpath(await mkdtemp(join(tmpdir(), "millrace-test-")));
  await Promise.all(Object.entries(files).map(([file, text]) => write(file, text)));
  return { root, write, remove: () => rm(root, { recursive: true, force: true, maxRetries: 3 }) };

  async function write(file: string, text: string | Uint8Array) {
    const path = join(root, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}
