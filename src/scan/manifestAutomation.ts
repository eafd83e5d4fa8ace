import type { AssetNode } from "../model/assetGraph.ts";
import type { Condition } from "../model/condition.ts";
import { faultsOfCondition } from "../model/conditionFaults.ts";
import { eager, onCron, onMissing } from "../model/conditionForms.ts";
import { ruleInWords } from "../model/conditionWords.ts";
import type { DefinitionFault } from "../model/definitionFault.ts";
import { secondsOf } from "../model/duration.ts";
import type { FreshnessPolicy } from "../model/freshness.ts";
import { defineFreshness } from "../model/freshnessDefinition.ts";
import { freshnessInWords } from "../model/freshnessWords.ts";
import { metaOf } from "./manifestKeys.ts";
import type { ManifestNode } from "./manifestNodes.ts";
import { isJsonRecord, recordOf, textOf } from "./manifestValues.ts";

/** What the `meta` of a dbt node says of its automation and freshness, and what is wrong with it. */
export interface ManifestAutomation {
  readonly said: Pick<
    AssetNode,
    "automation" | "condition" | "freshness" | "freshnessPolicy" | "measuredSources"
  >;
  /** Each begins with the name of what is wrong: `"automation" … `. */
  readonly faults: readonly string[];
}

/**
 * Reads `meta: { millrace: { automation: "eager", freshness: { within: "24 h", warn: "12 h" } } }`; an automation
 * may also be "on_missing" or `{ on_cron: "0 6 * * *", timezone: "Europe/Berlin" }`, a freshness
 * `{ by: "0 9 * * *", lower_bound: "2 h" }`.
 */
export function manifestAutomation(node: ManifestNode): ManifestAutomation {
  const { automation, freshness } = metaOf(node).millrace;
  const condition = automation == null ? null : conditionOfMeta(automation);
  const measured = node.asset === "source" ? policyOfSource(node) : null;
  const policy = measured ? { value: measured } : freshness == null ? null : policyOfMeta(freshness);
  const faults: string[] = [];
  if (condition !== null && "faults" in condition) faults.push(...sentences("automation", condition.faults));
  if (policy !== null && "faults" in policy) faults.push(...sentences("freshness", policy.faults));
  return {
    said: {
      ...(condition !== null && "value" in condition
        ? { automation: ruleInWords(condition.value), condition: condition.value }
        : {}),
      ...(policy !== null && "value" in policy
        ? { freshness: freshnessInWords(policy.value), freshnessPolicy: policy.value }
        : {}),
      ...(measured ? { measuredSources: [node.id] } : {}),
    },
    faults,
  };
}

type Read<Value> = { readonly value: Value } | { readonly faults: readonly DefinitionFault[] };

function conditionOfMeta(said: unknown): Read<Condition> {
  if (said === "eager") return { value: eager() };
  if (said === "on_missing") return { value: onMissing() };
  const cron = textOf(recordOf(said).on_cron);
  if (cron === null) {
    const whatToDo = 'Write "eager", "on_missing", or { on_cron: "0 6 * * *" }.';
    return { faults: [{ what: `${JSON.stringify(said)} is no condition`, whatToDo }] };
  }
  const value = onCron(cron, textOf(recordOf(said).timezone) ?? "UTC");
  const faults = [...new Map(faultsOfCondition(value).map(it => [it.what, it])).values()];
  return faults.length > 0 ? { faults } : { value };
}

/** What dbt's own `freshness:` of a source says, which `dbt source freshness` measures. */
function policyOfSource({ raw, config }: ManifestNode): FreshnessPolicy | null {
  const said = isJsonRecord(raw.freshness) ? raw.freshness : recordOf(config.freshness);
  const [warnSeconds, failSeconds] = [said.warn_after, said.error_after].map(it => {
    const { count, period } = recordOf(it);
    const seconds = secondsOfPeriod[textOf(period) ?? ""];
    return typeof count === "number" && seconds !== undefined ? count * seconds : null;
  });
  if (warnSeconds == null && failSeconds == null) return null;
  return { kind: "timeWindow", failSeconds: failSeconds ?? null, warnSeconds: warnSeconds ?? null };
}

const secondsOfPeriod: Readonly<Record<string, number>> = { minute: 60, hour: 3_600, day: 86_400 };

function policyOfMeta(said: unknown): Read<FreshnessPolicy> {
  const written = isJsonRecord(said) ? said : { within: said };
  const cron = textOf(written.by);
  const [fail, warn, lower] = [written.within, written.warn, written.lower_bound].map(secondsOf);
  const isRead = cron === null ? fail !== null && (warn !== null || written.warn == null) : lower !== null;
  if (!isRead) {
    const whatToDo = 'Write { within: "24 h", warn: "12 h" } or { by: "0 9 * * *", lower_bound: "2 h" }.';
    return { faults: [{ what: `${JSON.stringify(said)} is no freshness policy`, whatToDo }] };
  }
  const defined = defineFreshness(
    cron === null
      ? { kind: "timeWindow", failSeconds: fail ?? 0, warnSeconds: warn ?? null }
      : {
          kind: "cron",
          deadlineCron: cron,
          lowerBoundSeconds: lower ?? 0,
          timezone: textOf(written.timezone) ?? "UTC",
        },
  );
  return "faults" in defined ? defined : { value: defined.definition };
}

function sentences(name: string, faults: readonly DefinitionFault[]): string[] {
  return faults.map(({ what, whatToDo }) => `"${name}" in its meta: ${what}. ${whatToDo}`);
}
