import type { ScannedGraph } from "../../model/assetGraph.ts";
import type { AssetKey } from "../../model/assetKey.ts";
import type { Condition } from "../../model/condition.ts";
import { explainCondition } from "../../model/conditionExplanation.ts";
import { readExplanation } from "../../model/conditionRecord.ts";
import type { ConditionAnswer, ConditionTickSummary } from "../../model/conditionState.ts";
import { evaluateConditions } from "../../model/conditionTick.ts";
import type { ConditionHost } from "../../protocol/conditions.ts";
import { conditionForms } from "../../store/conditionMemories.ts";
import { conditionsOff } from "../../store/conditionSwitches.ts";
import { type ConditionTickRow, conditionTicks } from "../../store/conditionTicks.ts";
import type { Database } from "../../store/database.ts";
import { ConfigurationError } from "../configuration.ts";
import type { UnsavedTexts } from "../definitions.ts";
import { requireAsset } from "../requireAsset.ts";
import { replayCondition } from "./conditionReplay.ts";
import { readConditionState } from "./conditionState.ts";
import { withEditedFile } from "./editedGraph.ts";

/** What may be asked about the conditions of assets; nothing of it changes anything. */
export interface ConditionQuestions extends ConditionHost {
  /** `until` in epoch milliseconds: what it was then. */
  conditionHistory(asset: AssetKey, limit: number, until?: number | null): Promise<ConditionTickSummary[]>;
}

export interface ConditionQuestionsEdge {
  database: Database;
  environment: string;
  /** Epoch milliseconds. */
  clock(): number;
  load(): Promise<{ graph: ScannedGraph; digest: string }>;
  /** The graph of one file's definitions, instead of the workspace's; with what is typed and not saved in its place. */
  loadFile(file: string, unsaved: UnsavedTexts): Promise<ScannedGraph>;
}

export function conditionQuestions(edge: ConditionQuestionsEdge): ConditionQuestions {
  const { database, environment, clock } = edge;
  return {
    why,
    conditionHistory: async (asset, limit, until = null) => {
      const rows = await conditionTicks(database, environment, asset, { limit, until });
      return summaries(asset, rows);
    },
    async simulateCondition(asset, { days, condition = null, file = null, unsaved = {} }) {
      const { graph } = await edge.load();
      const own = requireAsset(graph, asset);
      const isUnsaved = condition === null && Object.keys(unsaved).length > 0 && (file ?? own.file) !== null;
      const read = isUnsaved ? (file ?? own.file) : file;
      const text = condition !== null || read === null ? null : await edge.loadFile(read, unsaved);
      const played =
        condition ?? (read === null || text === null ? own.condition : conditionIn(read, text, asset));
      if (!played) throw new ConfigurationError(withoutCondition(asset));
      const around = text === null ? graph : withEditedFile(graph, text, asset);
      const to = clock();
      const from = to - days * dayMs;
      const question = { environment, graph: around, asset, condition: played, from, to };
      return { ...(await replayCondition(database, question)), isUnsaved };
    },
  };

  async function why(asset: AssetKey): Promise<ConditionAnswer> {
    const { graph, digest } = await edge.load();
    const node = requireAsset(graph, asset);
    const isOff = (await conditionsOff(database, environment)).includes(asset);
    const last = await conditionTicks(database, environment, asset, { limit: 1 });
    const requested = await conditionTicks(database, environment, asset, { limit: 1, status: "requested" });
    const [lastTick = null, lastRequest = null] = await Promise.all(
      [last, requested].map(async rows => (await summaries(asset, rows))[0]),
    );
    const answer = { asset, automation: node.automation ?? null, isOff, lastTick, lastRequest };
    if (!node.condition || isOff) return { ...answer, isWatched: lastTick !== null, now: null };
    const { automation, facts, memory, now } = await database.transaction(sql =>
      readConditionState(sql, { environment, graph, digest, now: clock(), cache: null }),
    );
    const tick = evaluateConditions(automation, facts, memory, now);
    return { ...answer, isWatched: memory.has(asset), now: explainCondition(automation, tick, asset) };
  }

  /** The condition that an asset has in a file. */
  function conditionIn(file: string, { assets, problems }: ScannedGraph, asset: AssetKey): Condition {
    const found = assets.find(it => it.key === asset)?.condition;
    if (found) return found;
    const problem = problems.find(it => it.severity === "error");
    if (problem) throw new ConfigurationError(`${problem.file}:${problem.line}: ${problem.message}`);
    throw new ConfigurationError(
      `${file} gives no condition to "${asset}". Name the file that declares it with "automation".`,
    );
  }

  async function summaries(
    asset: AssetKey,
    rows: readonly ConditionTickRow[],
  ): Promise<ConditionTickSummary[]> {
    const forms = await conditionForms(database, environment, asset);
    return rows.map(({ details, asset: _, ...row }) => {
      const form = forms.get(details.form);
      const difference = details.difference ?? null;
      return { ...row, difference, explanation: form ? readExplanation(form, details, row.reason) : null };
    });
  }
}

const dayMs = 24 * 3600 * 1000;

function withoutCondition(asset: AssetKey): string {
  return `"${asset}" has no condition. Give it one: automation: eager().`;
}
