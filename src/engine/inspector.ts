import type { InspectorHost } from "../protocol/engine.ts";
import type { CodeLoader } from "./loadedCode.ts";
import type { Workers } from "./workers.ts";

/** The worker of the present definitions as a debugger sees it: what it runs next stops at breakpoints. */
export function createInspector(
  code: Pick<CodeLoader, "load">,
  workers: Pick<Workers, "get">,
): InspectorHost {
  return {
    openInspector: async () => (await present()).openInspector(),
    closeInspector: async () => (await present()).closeInspector(),
  };

  async function present() {
    const { definitions } = await code.load();
    return (await workers.get(definitions.digest)).inspector;
  }
}
