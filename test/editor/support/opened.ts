import { inject } from "vitest";
import type { Project } from "../../support/project.ts";
import { stopDatabase } from "./database.ts";
import { type Editor, type EditorOptions, startEditor } from "./editor.ts";
import { processesOf } from "./processes.ts";
import type { EditorWindow } from "./window.ts";

/** A workspace in a window of an editor of its own. */
export interface Opened {
  readonly project: Project;
  readonly editor: Editor;
  readonly window: EditorWindow;
  /** Ends all that was started for it, after a last picture. */
  close(picture: string): Promise<void>;
}

export async function openProject(project: Project, options: EditorOptions = {}): Promise<Opened> {
  const editor = await startEditor({ extensions: inject("extensions"), ...options });
  try {
    const window = await editor.open(project.root);
    return { project, editor, window, close };

    async function close(picture: string) {
      await window.screenshot(picture).finally(end);
    }
  } catch (error) {
    await end();
    throw error;
  }

  async function end() {
    await editor.stop();
    for (const pid of processesOf(project.root, " daemon")) process.kill(pid, "SIGKILL");
    await stopDatabase(project.root);
    await project.remove();
  }
}
