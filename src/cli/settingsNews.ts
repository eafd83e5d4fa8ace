import { type Configuration, readConfiguration } from "../engine/configuration.ts";
import { settingsFile } from "../scan/sourceFiles.ts";
import type { jsonLog } from "./jsonLog.ts";

/** Tells what becomes of `millrace.json` while a process lives that has read it at its start. */
export interface SettingsNews {
  look(): Promise<void>;
  /** Null: nothing is wrong with it now. */
  problem(): string | null;
}

export async function settingsNews(
  { root, environment }: Configuration,
  log: ReturnType<typeof jsonLog>,
): Promise<SettingsNews> {
  const read = async () => JSON.stringify(await readConfiguration(root, { environment: environment.value }));
  const atStart = await read();
  let present = atStart;
  let problem: string | null = null;
  return {
    problem: () => problem,
    async look() {
      try {
        const found = await read();
        if (problem !== null) log("info", `${settingsFile} can be read again.`);
        problem = null;
        if (found === present) return;
        present = found;
        if (found === atStart) log("info", `${settingsFile} says again what is in force.`);
        else log("warn", `${settingsFile} has changed. Start this process again to have it in force.`);
      } catch (error) {
        const { message } = error as Error;
        if (message !== problem) log("error", `${message} What it said before stays in force.`);
        problem = message;
      }
    },
  };
}
