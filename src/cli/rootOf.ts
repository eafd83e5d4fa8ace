import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { ConfigurationError } from "../engine/configuration.ts";
import { workspaceRoot } from "../scan/workspaceRoot.ts";

/** The workspace that a folder belongs to. */
export function rootOf(folder: string): string {
  if (existsSync(folder)) return workspaceRoot(resolve(folder));
  throw new ConfigurationError(
    `The folder ${resolve(folder)} does not exist. Name the one that holds your assets.`,
  );
}
