import { formatCount } from "../model/format.ts";
import { color, printJson, say } from "./terminal.ts";
import { type WorkspaceOptions, withEngine } from "./workspace.ts";

interface HandOptions extends WorkspaceOptions {
  json?: boolean;
  partition?: string;
  partitions?: string;
}

/** Changes what the state says of assets, without running anything. */
export async function changeByHand(
  action: "mark" | "wipe",
  selection: string,
  options: HandOptions,
): Promise<void> {
  await withEngine(options, async engine => {
    const partitions = options.partition ?? options.partitions ?? null;
    const changed = await engine.changeByHand({ action, selection, partitions, requestedBy: "command line" });
    if (options.json) return void printJson({ changed });
    const done =
      action === "mark" ? "marked as materialized" : "forgotten; the rows stay until it is made again";
    for (const { asset, changed: count } of changed) {
      say(
        `${asset}  ${count > 1 ? `${formatCount(count)} partitions ` : ""}${color.dim(count === 0 ? "nothing to do" : done)}`,
      );
    }
  });
}
