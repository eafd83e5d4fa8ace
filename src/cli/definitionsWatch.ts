import { type FSWatcher, watch } from "node:fs";

/** Calls back a moment after something in the workspace changed, and once a minute in case nobody noticed. */
export function watchDefinitions(root: string, changed: () => Promise<void>): { close(): void } {
  let gathering: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | null = null;
  try {
    watcher = watch(root, { recursive: true }, (_, file) => {
      if (file === null || !isOurs(file)) return;
      gathering ??= setTimeout(look, gatherMs);
    });
    watcher.on("error", () => {});
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
function isOurs(file: string): boolean {
  const path = file.replaceAll("\\", "/");
  return /\.([cm]?[jt]sx?|json)$/.test(path) && !/(^|\/)(node_modules|\.millrace|\.git|target)\//.test(path);
}
