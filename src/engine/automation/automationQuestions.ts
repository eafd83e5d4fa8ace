import type { AssetNode, ScannedGraph } from "../../model/assetGraph.ts";
import type { AutomationName, AutomationNode, AutomationTrigger } from "../../model/automationNode.ts";
import type { AutomationSummary, TestedTick, TickSummary } from "../../model/automationState.ts";
import { triggerInWords } from "../../model/automationWords.ts";
import { nextTickAt } from "../../model/nextTick.ts";
import { parseSchedule } from "../../model/schedule.ts";
import { spellKey } from "../../model/selectionSyntax.ts";
import { shellWord } from "../../model/shellWord.ts";
import { didYouMean } from "../../model/suggest.ts";
import type { AutomationHost } from "../../protocol/automation.ts";
import { automationLeader } from "../../store/automationLease.ts";
import {
  type AutomationRow,
  automationRows,
  setAutomationCursor,
  switchAutomation,
} from "../../store/automations.ts";
import { openNotifications } from "../../store/notifications.ts";
import { enginesByName } from "../../store/ownership.ts";
import { lastTicks, listTicks } from "../../store/ticks.ts";
import { countWaitingCalls, receiveCall } from "../../store/webhookCalls.ts";
import { ConfigurationError } from "../configuration.ts";
import type { AutomationEdge } from "./loops.ts";
import { createSensorProcesses } from "./sensorProcesses.ts";
import { rehearseTick } from "./tickCommit.ts";
import { evaluate, plainError, requestedRuns } from "./tickRunner.ts";
import { createTrigger, type DueEvent, type Trigger } from "./triggers.ts";

/** What may be asked about sensors, schedules and conditions, and done to them by hand. */
export interface AutomationQuestions extends AutomationHost {
  /** Writes a call of a webhook down; "known": one with this idempotency key was received before. */
  receiveCall(
    name: string,
    call: { body: string; contentType: string | null; idempotencyKey: string | null },
  ): Promise<"received" | "known" | "too many">;
  /** The webhook with this name; null: there is none that is on. */
  webhook(name: string): Promise<{ tokenEnv: string } | null>;
}

/** Calls that no daemon has dealt with yet, of one webhook. */
const mostWaitingCalls = 10_000;

export function automationQuestions(
  edge: AutomationEdge,
  load: () => Promise<ScannedGraph>,
  loaded: () => ScannedGraph | null,
): AutomationQuestions {
  const { database, environment, clock } = edge;
  return {
    async automations() {
      const graph = await load();
      const all = listed(graph);
      const [rows, ticks] = await Promise.all([
        automationRows(database, environment),
        lastTicks(database, environment, all),
      ]);
      const byName = <T extends AutomationName>(all: readonly T[]) =>
        new Map(all.map(it => [`${it.kind} ${it.name}`, it]));
      const [row, tick] = [byName(rows), byName(ticks)];
      return all.map(it => {
        const name = `${it.kind} ${it.name}`;
        return summary(it, row.get(name) ?? null, tick.get(name) ?? null, clock());
      });
    },
    async ticks(automation, limit) {
      return listTicks(database, environment, automation, limit);
    },
    async switchAutomation(automation, to) {
      requireAutomation(await load(), automation);
      await switchAutomation(database, environment, automation, to === "code" ? null : to === "on");
    },
    async setAutomationCursor(automation, cursor) {
      requireAutomation(await load(), automation);
      if (automation.kind !== "sensor" && automation.kind !== "schedule") {
        throw new ConfigurationError(`A ${automation.kind} has no cursor.`);
      }
      await setAutomationCursor(database, environment, automation, cursor);
    },
    async testTick(automation) {
      const graph = await load();
      const node = (graph.automations ?? []).find(it => isCalled(it, automation));
      if (node) return testTick(node, graph);
      requireAutomation(graph, automation);
      throw new ConfigurationError(
        `${automation.name} has a condition. "millrace automation why ${shellWord(automation.name)}" says what it comes to now.`,
      );
    },
    async daemonStatus() {
      const [leader, engines] = await Promise.all([
        automationLeader(database, environment),
        enginesByName(database),
      ]);
      return {
        leader: leader && { name: leader.name, host: leader.host, pid: leader.pid, since: leader.since },
        daemons: engines.get("daemon") ?? 0,
        workers: engines.get("worker") ?? 0,
      };
    },
    async webhook(name) {
      // A caller must not be able to make the engine look at every file.
      const graph = loaded() ?? (await load());
      const node = (graph.automations ?? []).find(it => it.name === name && it.trigger?.kind === "webhook");
      if (node?.trigger?.kind !== "webhook") return null;
      const row = (await automationRows(database, environment)).find(it => isCalled(it, node));
      return (row?.switched ?? node.on) ? { tokenEnv: node.trigger.tokenEnv } : null;
    },
    async receiveCall(name, call) {
      if ((await countWaitingCalls(database, environment, name)) >= mostWaitingCalls) return "too many";
      return (await receiveCall(database, environment, name, call)) ? "received" : "known";
    },
  };

  /** In a process of its own, with what is remembered, and without writing anything. */
  async function testTick(node: AutomationNode, graph: ScannedGraph): Promise<TestedTick> {
    const notifications = openNotifications(database.url, "millrace test tick");
    const trigger = createTrigger(node, {
      ...edge,
      notifications: () => notifications,
      happened: () => {},
    });
    const processes = createSensorProcesses({ bundle: edge.bundle, timeoutMs: edge.limits.evaluationMs });
    try {
      const stored = (await automationRows(database, environment)).find(it => isCalled(it, node));
      const row = stored?.wasOn ? stored : await firstRow(node, stored, trigger);
      const due = await dueForTest(node, trigger, row);
      const cursorBefore = row.cursor;
      const isInParts = due?.event?.kind === "files" && due.event.files.length > 1;
      const nothing = {
        ...{ isInParts, cursorBefore, cursorAfter: cursorBefore },
        ...{ requests: [], partitions: {}, log: [] },
      };
      if (due === null) {
        return { ...nothing, status: "skipped", reason: trigger.idle ?? "not due", error: null };
      }
      const outcome = await evaluate(edge, processes, node, row, due, new AbortController().signal);
      if (outcome.status === "failed") {
        return { ...nothing, status: "failed", reason: null, error: outcome.error, log: outcome.log };
      }
      const asked = requestedRuns(node, due, outcome.requests);
      if ("error" in asked) return { ...nothing, status: "failed", reason: null, error: asked.error };
      const { partitions, cursor: cursorAfter, log, reason } = outcome;
      const tick = { automation: node, requests: asked, partitions };
      const { requests, refusal } = await rehearseTick(edge, graph, tick);
      if (refusal !== null) {
        // Its cursor and its keys stay as they were, too.
        return { ...nothing, status: "failed", reason, error: plainError(refusal), requests, log };
      }
      const status = requests.some(it => it.refused === null) ? "requested" : "skipped";
      return { ...nothing, status, reason, error: null, cursorAfter, requests, partitions, log };
    } finally {
      trigger.close();
      await Promise.all([processes.stop(), notifications.close()]);
    }
  }

  async function firstRow(
    { kind, name }: AutomationNode,
    stored: AutomationRow | undefined,
    trigger: Trigger,
  ): Promise<AutomationRow> {
    const position = stored?.position ?? (await trigger.begin?.(database, clock())) ?? null;
    return {
      kind,
      name,
      switched: null,
      wasOn: false,
      cursor: stored?.cursor ?? null,
      definition: null,
      position,
      doneUntil: null,
      version: "0",
    };
  }

  /** A schedule is tried as if its last tick were now; everything else with what there is to hand over. */
  async function dueForTest(
    node: AutomationNode,
    trigger: Trigger,
    row: AutomationRow,
  ): Promise<DueEvent | null> {
    if (node.trigger?.kind !== "cron") return trigger.collect(row, clock(), true);
    return { at: lastTickOf(node.trigger, clock()), event: { kind: "none" } };
  }
}

/** What a summary says of an automation before its state; the condition of an asset has the asset's name. */
interface Listed extends Omit<AutomationNode, "kind" | "hasFunction" | "column"> {
  readonly kind: AutomationName["kind"];
  readonly when: string;
}

/** As they are written, file by file; then the conditions. */
function listed(graph: ScannedGraph): Listed[] {
  const inOrder = [...(graph.automations ?? [])].sort(
    (a, b) => (a.file ?? "").localeCompare(b.file ?? "") || (a.line ?? 0) - (b.line ?? 0),
  );
  const nodes = inOrder.map((it): Listed => ({ ...it, when: triggerInWords(it.trigger) }));
  return [...nodes, ...graph.assets.filter(it => it.condition).map(conditionOf)];
}

function conditionOf({ key, automation, file, line }: AssetNode): Listed {
  return {
    kind: "condition",
    name: key,
    description: null,
    selection: spellKey(key),
    trigger: null,
    on: true,
    when: automation ?? "",
    file,
    line,
  };
}

function summary(
  { kind, name, description, selection, trigger, on, when, file, line }: Listed,
  row: AutomationRow | null,
  lastTick: TickSummary | null,
  now: number,
): AutomationSummary {
  const isOn = row?.switched ?? on;
  return {
    kind,
    name,
    description,
    selection,
    trigger,
    when,
    isOn,
    switched: row?.switched ?? null,
    cursor: row?.cursor ?? null,
    nextTickAt: isOn ? nextTickAt(trigger, lastTick, now) : null,
    lastTick,
    file,
    line,
  };
}

function lastTickOf(trigger: Extract<AutomationTrigger, { kind: "cron" }>, now: number): number {
  const parsed = parseSchedule(trigger.crons, trigger.timezone);
  if ("error" in parsed) throw new ConfigurationError(parsed.error);
  return parsed.schedule.tickAtOrBefore(now);
}

function requireAutomation(graph: ScannedGraph, wanted: AutomationName): void {
  const all = listed(graph);
  if (all.some(it => isCalled(it, wanted))) return;
  const alike = all.filter(it => it.kind === wanted.kind).map(it => it.name);
  throw new ConfigurationError(
    `There is no ${wanted.kind} "${wanted.name}".${didYouMean(wanted.name, alike)}`,
  );
}

function isCalled(it: AutomationName, { kind, name }: AutomationName): boolean {
  return it.kind === kind && it.name === name;
}
