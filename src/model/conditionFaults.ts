import { type Condition, partsOf, type Quantifier } from "./condition.ts";
import { memoryIdOf, remembers, saysOf } from "./conditionIdentity.ts";
import type { DefinitionFault } from "./definitionFault.ts";
import { parseSchedule } from "./schedule.ts";
import { parseSelection } from "./selectionSyntax.ts";

/** Everything that is wrong with a condition, its parts included. */
export function faultsOfCondition(condition: Condition): readonly DefinitionFault[] {
  const faults: DefinitionFault[] = [];
  const labels = new Map<string, string>();
  visit(condition);
  return faults;

  function visit(part: Condition): void {
    faults.push(...faultsOfPart(part));
    if (part.label !== undefined && remembers(part)) {
      const id = memoryIdOf(part);
      const says = labels.get(id) ?? saysOf(part);
      labels.set(id, says);
      if (says !== saysOf(part)) {
        faults.push({
          what: `Two different parts of a condition are called "${part.label}"`,
          whatToDo: "Give each a label of its own, for both remember under it.",
        });
      }
    }
    for (const it of partsOf(part)) visit(it);
  }
}

function faultsOfPart(part: Condition): DefinitionFault[] {
  switch (part.kind) {
    case "cronTickPassed": {
      const parsed = parseSchedule(part.cron, part.timezone);
      const what = `The cron of a condition is "${part.cron}" in ${part.timezone}`;
      return "error" in parsed ? [{ what, whatToDo: parsed.error }] : [];
    }
    case "inLatestTimeWindow": {
      const { lookbackSeconds } = part;
      return lookbackSeconds === null || lookbackSeconds > 0
        ? []
        : [
            {
              what: `The latest time window looks back ${lookbackSeconds} s`,
              whatToDo: "Give more than 0, or nothing for the last window alone.",
            },
          ];
    }
    case "asset":
      return faultsOfQuantifier(part.partitions);
    case "deps": {
      const selections = [...(part.only ?? []), ...(part.except ?? [])];
      return [...faultsOfQuantifier(part.partitions), ...selections.flatMap(faultsOfSelection)];
    }
    default:
      return [];
  }
}

function faultsOfQuantifier(quantifier: Quantifier): DefinitionFault[] {
  if (quantifier.kind !== "atLeast") return [];
  return Number.isInteger(quantifier.count) && quantifier.count >= 1
    ? []
    : [
        {
          what: `A condition asks for at least ${quantifier.count} partitions`,
          whatToDo: "Write atLeast(1) or more.",
        },
      ];
}

function faultsOfSelection(text: string): DefinitionFault[] {
  return parseSelection(text).problems.map(({ message }) => ({
    what: `The upstream assets of a condition are selected by "${text}"`,
    whatToDo: message,
  }));
}
