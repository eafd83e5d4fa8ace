import type { AssetGraph } from "../model/assetGraph.ts";
import type { AutomationNode } from "../model/automationNode.ts";
import type { AutomationSummary } from "../model/automationState.ts";
import { triggerInWords } from "../model/automationWords.ts";

/** What the text says of sensors, schedules and conditions, of which no engine has told yet. */
export function automationsInText(text: {
  automations(): readonly AutomationNode[];
  graph(): AssetGraph;
}): AutomationSummary[] {
  const unknown = { switched: null, cursor: null, nextTickAt: null, lastTick: null };
  const listed = text.automations().map(
    ({ kind, name, description, selection, trigger, on, file, line }): AutomationSummary => ({
      ...{ kind, name, description, selection, trigger, file, line },
      ...{ when: triggerInWords(trigger), isOn: on, ...unknown },
    }),
  );
  const conditions = text.graph().assets.flatMap(({ key, automation, file, line }): AutomationSummary[] => {
    if (!automation) return [];
    const about = { kind: "condition" as const, name: key, description: null, selection: key, file, line };
    return [{ ...about, trigger: null, when: automation, isOn: true, ...unknown }];
  });
  return [...listed, ...conditions];
}
