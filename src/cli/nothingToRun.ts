import { NothingToRun } from "../engine/configuration.ts";
import { color, printJson, say } from "./terminal.ts";

/** That everything is there already is no failure: it is said, nothing runs, and the answer is null. */
export async function unlessNothingToRun<T>(
  launched: Promise<T>,
  { json }: { json?: boolean | undefined },
): Promise<T | null> {
  try {
    return await launched;
  } catch (error) {
    if (!(error instanceof NothingToRun)) throw error;
    if (json) printJson({ status: "succeeded", runs: [] });
    else say(color.dim(error.message));
    return null;
  }
}
