import { unexportedAsset } from "../scan/unexported.ts";
import { scanWorkspace } from "../scan/workspace.ts";
import { type Configuration, ConfigurationError, NothingToRun } from "./configuration.ts";

/** Passes an answer on. When it refuses for want of an asset that is written but not exported, it says that instead. */
export async function explainAbsence<T>(
  { root, assets }: Configuration,
  selection: string,
  asked: Promise<T>,
): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof ConfigurationError) || error instanceof NothingToRun) throw error;
    const { problems } = await scanWorkspace(root, assets.value ? { include: assets.value } : {});
    const hidden = problems.filter(it => {
      const key = unexportedAsset(it);
      return key !== null && (selection === "*" || error.message.includes(`There is no asset "${key}"`));
    });
    const [first] = hidden;
    if (!first) throw error;
    const { file, line, column } = first;
    throw new ConfigurationError(hidden.map(it => `${it.file}:${it.line}: ${it.message}`).join("\n"), {
      place: { file, line, column },
    });
  }
}
