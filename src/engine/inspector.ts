import type { InspectorHost } from "../protocol/engine.ts";
import type { CodeLoader } from "./loadedCode.ts";
import type { Workers } from "./workers.ts";

type Inspector = Awaited<ReturnType<Workers["get"]>>["inspector"];

/** The worker of the present definitions as a debugger sees it: what it runs next stops at breakpoints. */
export function createInspector(
  code: Pick<CodeLoader, "load">,
  workers: Pick<Workers, "get">,
): InspectorHost {
  /** Definitions may change while a worker of the ones before is looked at. */
  const opened = new Set<Inspector>();
  return {
    async openInspector() {
      const inspector = await present();
      opened.add(inspector);
      return inspector.openInspector();
    },
    async closeInspector() {
      const all = [...opened];
      opened.clear();
      await Promise.all(all.map(it => it.closeInspector()));
    },
  };

  async function present() {
    const { definitions } = await code.load();
    return (await workers.get(definitions.digest)).inspector;
  }
}
