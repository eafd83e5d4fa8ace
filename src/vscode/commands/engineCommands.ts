import type { CommandContext, Handler } from "./commands.ts";
import { installPackage } from "./installPackage.ts";
import { pickRoot } from "./picks.ts";

/** Commands about the engine itself. */
export function engineCommands({ roots, documents, log }: CommandContext) {
  return {
    async "millrace.doctor"() {
      const root = await pickRoot(roots);
      if (root) await documents.openDoctor(root, await root.engine.ask(host => host.doctor()));
    },
    async "millrace.restartEngine"() {
      const root = await pickRoot(roots);
      await root?.restart();
    },
    async "millrace.installPackage"() {
      const root = await pickRoot(roots);
      if (root) installPackage(root);
    },
    async "millrace.showLog"() {
      log.show();
    },
  } satisfies Record<string, Handler>;
}
