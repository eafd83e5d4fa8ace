import { NothingToRun } from "../engine/configuration.ts";
import { color, printJson, say } from "./terminal.ts";

/** That everything is there already is no failure: it is said, nothing runs, and the answer is null. */
export async function unlessNothingToRun<T>(
  launched: Promise<T>,
  options: Asked,
  document: object = { status: "succeeded", runs: [] },
): Promise<T | null> {
  try {
    return await launched;
  } catch (error) {
    if (!(error instanceof NothingToRun)) throw error;
    if (options.json) printJson(document);
    else say(color.dim(`${error.message}${error.isThere ? howToForce(options) : ""}`));
    return null;
  }
}

interface Asked {
  readonly json?: boolean | undefined;
  readonly missing?: boolean;
  readonly failed?: boolean;
  readonly stale?: boolean;
}

function howToForce(options: Asked): string {
  const flags = (["missing", "failed", "stale"] as const).filter(it => options[it]).map(it => `--${it}`);
  return flags.length === 0 ? "" : ` Without ${flags.join(" and ")} it is made anew.`;
}
