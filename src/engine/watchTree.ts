import { type FSWatcher, readdirSync, statSync, watch } from "node:fs";
import { join } from "node:path";

export interface TreeWatcher {
  close(): void;
}

export interface TreeListener {
  /** A path from the watched folder, with forward slashes: something was written there, came or went. */
  changed(path: string): void;
  /** The folder is another one now, or nobody tells of it any more. */
  ended?(): void;
  /** By its name: a folder that nobody wants to hear of. */
  isIgnored?(folder: string): boolean;
}

/**
 * Tells of what happens below a folder; throws where nobody tells of that.
 *
 * On Linux each folder is watched by itself. There Node's own recursive watcher follows the files, and hears nothing
 * more of one that was replaced, which is how many editors save, git checks out and `sed -i` writes.
 */
export function watchTree(root: string, listener: TreeListener): TreeWatcher {
  return process.platform === "linux" ? watchFolders(root, listener) : watchAtOnce(root, listener);
}

function watchAtOnce(root: string, { changed, ended }: TreeListener): TreeWatcher {
  const watcher = watch(root, { recursive: true, persistent: false }, (_, path) => {
    if (path !== null) changed(path.replaceAll("\\", "/"));
  });
  watcher.on("error", () => {
    watcher.close();
    ended?.();
  });
  return watcher;
}

function watchFolders(root: string, { changed, ended, isIgnored = () => false }: TreeListener): TreeWatcher {
  const watchers = new Map<string, FSWatcher>();
  const which = statSync(root).ino;
  open("");
  add("", false);
  return { close };

  function close() {
    for (const watcher of watchers.values()) watcher.close();
    watchers.clear();
  }

  function end() {
    close();
    ended?.();
  }

  function open(folder: string) {
    const watcher = watch(join(root, folder), { persistent: false }, (event, name) => {
      if (name !== null) heard(event, below(folder, name));
    });
    watcher.on("error", () => (folder === "" ? end() : forget(folder)));
    watchers.set(folder, watcher);
  }

  /** What a new folder holds may have come before anybody watched it. */
  function add(folder: string, isNew: boolean) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = below(folder, entry.name);
      if (!entry.isDirectory()) {
        if (isNew) changed(path);
      } else if (!isIgnored(entry.name)) follow(path, isNew);
    }
  }

  function heard(event: string, path: string) {
    changed(path);
    if (event !== "rename") return;
    if (statSync(root, { throwIfNoEntry: false })?.ino !== which) return end();
    forget(path);
    if (isIgnored(path.slice(path.lastIndexOf("/") + 1))) return;
    if (statSync(join(root, path), { throwIfNoEntry: false })?.isDirectory()) follow(path, true);
  }

  function follow(folder: string, isNew: boolean) {
    try {
      open(folder);
      add(folder, isNew);
    } catch {
      // It is gone again, or cannot be watched.
    }
  }

  function forget(folder: string) {
    for (const [path, watcher] of watchers) {
      if (path !== folder && !path.startsWith(`${folder}/`)) continue;
      watcher.close();
      watchers.delete(path);
    }
  }
}

function below(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}
