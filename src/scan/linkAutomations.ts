import type { AssetKey } from "../model/assetKey.ts";
import type { AutomationNode } from "../model/automationNode.ts";
import type { Problem } from "../model/problem.ts";
import { spellKey } from "../model/selectionSyntax.ts";
import type { ScannedAutomation } from "./fileScan.ts";
import { lookUp, type Scans } from "./lookUp.ts";

/** The sensors and schedules of all files, in order; of two with one name the second is a problem. */
export function linkAutomations(
  files: readonly string[],
  scans: Scans,
  problems: Problem[],
  keyOf: (key: AssetKey) => AssetKey,
): AutomationNode[] {
  const byName = new Map<string, AutomationNode>();
  for (const file of files) {
    for (const scanned of scans.get(file)?.automations ?? []) {
      const first = byName.get(scanned.name);
      if (first === undefined) byName.set(scanned.name, automationNode(scanned, file, scans, keyOf));
      else problems.push(declaredTwice(first, scanned, file));
    }
  }
  return [...byName.values()];
}

function automationNode(
  { assets, statement, nameRange: _, selection, ...said }: ScannedAutomation,
  file: string,
  scans: Scans,
  keyOf: (key: AssetKey) => AssetKey,
): AutomationNode {
  const keys = assets.flatMap((value): AssetKey[] => {
    const meaning = lookUp(value, file, scans);
    if (meaning.is === "key") return [keyOf(meaning.key as AssetKey)];
    return meaning.is === "definition" ? [keyOf(meaning.definition.key)] : [];
  });
  return {
    ...said,
    selection: selection ?? (keys.length > 0 ? [...new Set(keys)].map(spellKey).join(" or ") : null),
    file,
    line: statement.start.line,
    column: statement.start.column,
  };
}

function declaredTwice(first: AutomationNode, { name, nameRange }: ScannedAutomation, file: string): Problem {
  const message = `The name "${name}" is already used at ${first.file}:${first.line}. Sensors and schedules have names of their own: rename one of the two.`;
  return { file, ...nameRange.start, severity: "error", message };
}
