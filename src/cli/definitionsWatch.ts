import { type TreeWatcher, watchTree } from "../engine/watchTree.ts";
import { isIgnoredFolder } from "../scan/sourceFiles.ts";

export interface DefinitionsWatch {
  /** Watches another folder too, such as a dbt project beside the workspace. */
  follow(folder: string): void;
  close(): void;
}

/** Calls back a moment after something in the workspace changed, and once a minute in case nobody noticed. */
export function watchDefinitions(root: string, changed: () => Promise<void>): DefinitionsWatch {
  let gathering: NodeJS.Timeout | undefined;
  const watchers = new Map<string, TreeWatcher>();
  follow(root);
  const poll = setInterval(look, pollMs);
  return {
    follow,
    close() {
      clearTimeout(gathering);
      clearInterval(poll);
      for (const watcher of watchers.values()) watcher.close();
    },
  };

  function follow(folder: string) {
    if ([...watchers.keys()].some(it => folder === it || folder.startsWith(`${it}/`))) return;
    try {
      const watcher = watchTree(folder, {
        changed(path) {
          if (isOurs(path)) gathering ??= setTimeout(look, gatherMs);
        },
        ended: () => void watchers.delete(folder),
        isIgnored: isIgnoredFolder,
      });
      watchers.set(folder, watcher);
    } catch {
      // Some file systems tell nobody what changes.
    }
  }

  function look() {
    gathering = undefined;
    void changed();
  }
}

const gatherMs = 200;
const pollMs = 60_000;

/** What definitions are made of; rows that come and go beside them are not. */
function isOurs(path: string): boolean {
  return (
    /\.([cm]?[jt]sx?|json|sql|ya?ml)$/.test(path) &&
    !/(^|\/)(node_modules|\.millrace|\.git|target)\//.test(path)
  );
}
