import { lstat, readdir, readFile, readlink, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { identify, isSameProcess, type ProcessIdentity } from "./process.ts";

/** Held by one process of the machine at a time; a holder that dies by any means has let it go. */
export interface StartLock {
  release(): Promise<void>;
}

/**
 * Takes the lock in an existing folder, waiting as long as somebody alive holds it.
 *
 * A holder is an entry `held.N`, which becomes `free.N` when it is done; the highest N counts and stays.
 * One follows a dead or finished holder by creating `held.N+1`, which only one process can do:
 * nobody ever has to remove an entry that may have become somebody else's in the meantime.
 */
export async function acquireStartLock(folder: string, signal?: AbortSignal): Promise<StartLock> {
  for (;;) {
    signal?.throwIfAborted();
    const last = (await entriesIn(folder)).at(-1);
    const isFree = last === undefined || last.isFree || !(await isHeld(join(folder, last.name)));
    const lock = isFree ? await claim(folder, (last?.generation ?? 0) + 1) : null;
    if (lock !== null) return lock;
    await sleep(10 + Math.random() * 15, undefined, { signal });
  }
}

async function claim(folder: string, generation: number): Promise<StartLock | null> {
  const held = join(folder, `held.${generation}`);
  if (!(await place(held, JSON.stringify(await identify(process.pid))))) return null;
  const others = (await entriesIn(folder)).filter(it => it.name !== `held.${generation}`);
  if (others.some(it => it.generation >= generation)) {
    await rm(held, { force: true });
    return null;
  }
  await Promise.all(others.map(it => rm(join(folder, it.name), { force: true })));
  return {
    // The whole folder may be gone: then there is nothing to let go.
    release: () => rename(held, join(folder, `free.${generation}`)).catch(() => {}),
  };
}

async function isHeld(file: string) {
  try {
    return await isSameProcess(await holderOf(file));
  } catch {
    // Followed just now, or still being written; nobody takes that long to write it.
    const written = await lstat(file).catch(() => null);
    return written === null || Date.now() - written.mtimeMs < 5_000;
  }
}

/** A link that leads nowhere is made at once with its content, and needs no room on a full disk. */
async function place(file: string, text: string) {
  try {
    if (process.platform === "win32") await writeFile(file, text, { flag: "wx" });
    else await symlink(text, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function holderOf(file: string) {
  const text = process.platform === "win32" ? await readFile(file, "utf8") : await readlink(file);
  return JSON.parse(text) as ProcessIdentity;
}

async function entriesIn(folder: string) {
  return (await readdir(folder))
    .flatMap(name => {
      const [, state, generation] = /^(held|free)\.(\d+)$/.exec(name) ?? [];
      return generation === undefined
        ? []
        : { name, generation: Number(generation), isFree: state === "free" };
    })
    .sort((a, b) => a.generation - b.generation);
}
