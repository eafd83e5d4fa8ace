import { dirname, isAbsolute, join, relative } from "node:path";
import { Disposable, type Event, EventEmitter, RelativePattern, type Uri, workspace } from "vscode";
import { workspaceRoot } from "../scan/workspaceRoot.ts";
import type { Root } from "./root.ts";

/** All workspace roots of the window. */
export interface Roots extends Disposable {
  all(): readonly Root[];
  /** The root that a file belongs to; it is opened when it is new. Undefined for what is in no folder of the window. */
  of(uri: Uri): Root | undefined;
  /** Calls for each root, now and later; what it returns ends with its root. */
  watch(watcher: (root: Root) => Disposable): Disposable;
  /** A root came or went. */
  readonly onDidChange: Event<void>;
}

/** The folders of the window are opened as soon as the caller has done all else. */
export function openRoots(open: (path: string) => Root): Roots {
  const opened = new Map<string, Root>();
  const watchers = new Map<(root: Root) => Disposable, Map<Root, Disposable>>();
  const changed = new EventEmitter<void>();
  const folders = workspace.onDidChangeWorkspaceFolders(refresh);
  // A root reads the disk and asks the editor for its files. Views and commands do not wait for that: they are
  // there first, and whatever the editor says to them arrives after this.
  const opening = setImmediate(refresh);

  return {
    all: () => [...opened.values()],
    of(uri) {
      // A dbt project may lie beside the root that names it.
      const reader = [...opened.values()].find(it => it.graph.holdsDbt(uri));
      if (reader) return reader;
      const folder = uri.scheme === "file" ? workspace.getWorkspaceFolder(uri) : undefined;
      return folder && ensure(markedRoot(dirname(uri.fsPath)) ?? workspaceRoot(folder.uri.fsPath));
    },
    watch(watcher) {
      const watched = new Map<Root, Disposable>();
      watchers.set(watcher, watched);
      for (const root of opened.values()) watched.set(root, watcher(root));
      return new Disposable(() => {
        watchers.delete(watcher);
        Disposable.from(...watched.values()).dispose();
      });
    },
    onDidChange: changed.event,
    dispose() {
      clearImmediate(opening);
      folders.dispose();
      changed.dispose();
      for (const root of opened.values()) close(root);
    },
  };

  function refresh() {
    const folders = workspace.workspaceFolders?.filter(it => it.uri.scheme === "file") ?? [];
    const wanted = new Set(folders.map(it => workspaceRoot(it.uri.fsPath)));
    for (const root of opened.values()) {
      const inside = folders.some(it => isInside(root.path, it.uri.fsPath));
      if (!wanted.has(root.path) && !inside) close(root);
    }
    for (const path of wanted) ensure(path);
    for (const folder of folders) void openNested(folder.uri);
    changed.fire();
  }

  /** Roots below a folder of the window, found by their configuration near the top. */
  async function openNested(folder: Uri) {
    const pattern = new RelativePattern(folder, "{*,*/*}/millrace.json");
    for (const file of await workspace.findFiles(pattern, "**/node_modules/**", 20))
      ensure(dirname(file.fsPath));
  }

  function ensure(path: string): Root {
    const known = opened.get(path);
    if (known) return known;
    const root = open(path);
    opened.set(path, root);
    for (const [watcher, watched] of watchers) watched.set(root, watcher(root));
    changed.fire();
    return root;
  }

  function close(root: Root) {
    opened.delete(root.path);
    for (const watched of watchers.values()) {
      watched.get(root)?.dispose();
      watched.delete(root);
    }
    root.dispose();
  }
}

/** The root that something marks as one; null where a folder would stand for itself. */
function markedRoot(folder: string): string | null {
  const child = join(folder, "child");
  const root = workspaceRoot(child);
  return root === child ? null : root;
}

function isInside(path: string, folder: string): boolean {
  const below = relative(folder, path);
  return below === "" || (!below.startsWith("..") && !isAbsolute(below));
}
