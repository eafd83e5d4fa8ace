import { type TreeWatcher, watchTree } from "../engine/watchTree.ts";
import { isIgnoredFolder } from "../scan/sourceFiles.ts";

/** Calls back a moment after something in the workspace changed, and once a minute in case nobody noticed. */
export function watchDefinitions(root: string, changed: () => Promise<void>): { close(): void } {
  let gathering: NodeJS.Timeout | undefined;
  let watcher: TreeWatcher | null = null;
  try {
    watcher = watchTree(root, {
      changed(path) {
        if (isOurs(path)) gathering ??= setTimeout(look, gatherMs);
      },
      isIgnored: isIgnoredFolder,
    });
  } catch {
    // Some file systems tell nobody what changes.
  }
  const poll = setInterval(look, pollMs);
  return {
    close() {
      clearTimeout(gathering);
      clearInterval(poll);
      watcher?.close();
    },
  };

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
