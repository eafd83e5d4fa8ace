import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { dbtTestsOf } from "../model/assetChecks.ts";
import type { AssetNode } from "../model/assetGraph.ts";
import type { RunError } from "../model/run.ts";
import { linesOfAssetTests } from "../scan/dbtSchemaPlaces.ts";

/** Where the test of an asset is written, by its name: the YAML's line of a generic one; else where the asset is. */
export async function placeOfTest(
  root: string,
  asset: AssetNode,
  name: string | undefined,
): Promise<Omit<RunError, "message">> {
  const { line, column } = asset;
  const test = dbtTestsOf(asset).find(it => it.name === name);
  if (!test?.file) return { file: asset.file, line, column, stack: null };
  const place = { file: test.file, line: 1, column: 1, stack: null };
  if (!/\.ya?ml$/.test(test.file)) return place;
  const text = await readFile(join(root, test.file), "utf8").catch(() => "");
  const inFile = dbtTestsOf(asset).filter(it => it.file === test.file);
  return { ...place, line: linesOfAssetTests(text, asset, inFile).get(test.uniqueId) ?? 1 };
}
