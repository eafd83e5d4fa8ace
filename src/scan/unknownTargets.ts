import type { AssetNode, ScannedGraph } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import { selectByText } from "../model/assetSelection.ts";
import type { AutomationNode } from "../model/automationNode.ts";
import { type Condition, partsOf } from "../model/condition.ts";
import type { Problem } from "../model/problem.ts";
import { didYouMean } from "../model/suggest.ts";

/** What sensors, schedules and conditions name, and nothing has: known for certain once everything is loaded. */
export function unknownTargets(graph: ScannedGraph): Problem[] {
  const keys = new Set(graph.assets.map(it => it.key));
  const unknown = (key: AssetKey) => `"${key}", which nothing declares.${didYouMean(key, [...keys])}`;
  const ofAutomations = (graph.automations ?? []).flatMap(it => automationProblems(it));
  const ofConditions = graph.assets.flatMap(asset =>
    asset.condition ? distinct(conditionProblems(asset, asset.condition)) : [],
  );
  return [...ofAutomations, ...ofConditions];

  function automationProblems(automation: AutomationNode): Problem[] {
    const { kind, name, selection, trigger } = automation;
    const subject = `The ${kind} "${name}"`;
    const messages: string[] = [];
    if (trigger?.kind === "asset" && !keys.has(trigger.asset)) {
      messages.push(`${subject} waits for ${unknown(trigger.asset)}`);
    }
    const selected = selection === null || isOfKeys(selection) ? null : selectByText(selection, graph);
    for (const { message } of selected?.problems ?? [])
      messages.push(`${subject} makes what is not there. ${message}`);
    for (const hint of selected?.hints ?? []) messages.push(`${subject} makes nothing by it. ${hint}`);
    return messages.map(message => problemAt(automation, message));
  }

  /** Most name their assets one by one: to look each up costs no walk over the graph. */
  function isOfKeys(selection: string): boolean {
    return selection.split(" or ").every(it => keys.has(it as AssetKey));
  }

  function conditionProblems(asset: AssetNode, condition: Condition): Problem[] {
    const named = condition.kind === "asset" && !keys.has(condition.key) ? [condition.key] : [];
    const selections =
      condition.kind === "deps" ? [...(condition.only ?? []), ...(condition.except ?? [])] : [];
    return [
      ...named.map(key => problemAt(asset, `The condition of "${asset.key}" asks about ${unknown(key)}`)),
      ...selections.flatMap(text =>
        selectByText(text, graph, { includeExternal: true }).problems.map(({ message }) =>
          problemAt(asset, `The condition of "${asset.key}" chooses what is not there. ${message}`),
        ),
      ),
      ...partsOf(condition).flatMap(part => conditionProblems(asset, part)),
    ];
  }
}

/** A condition that is composed asks the same in several of its parts. */
function distinct(problems: readonly Problem[]): Problem[] {
  return [...new Map(problems.map(it => [it.message, it])).values()];
}

function problemAt({ file, line, column }: AssetNode | AutomationNode, message: string): Problem {
  return { file: file ?? ".", line: line ?? 1, column: column ?? 1, severity: "warning", message };
}
