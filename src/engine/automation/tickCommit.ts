import type { ScannedGraph } from "../../model/assetGraph.ts";
import type { AutomationName } from "../../model/automationNode.ts";
import type { TestedRequest, TickStatus } from "../../model/automationState.ts";
import { formatCount } from "../../model/format.ts";
import type { Plan } from "../../model/plan.ts";
import type { LogLine, RunError } from "../../model/run.ts";
import { requireAutomationLease } from "../../store/automationLease.ts";
import {
  type AutomationChange,
  type AutomationRow,
  changeAutomation,
  requesterOf,
} from "../../store/automations.ts";
import { channel, type Sql } from "../../store/database.ts";
import { addDynamicKeys, removeDynamicKeys } from "../../store/dynamicPartitions.ts";
import { takeRunKeys, usedRunKeys } from "../../store/runKeys.ts";
import { insertRun } from "../../store/runs.ts";
import { materializedAssets } from "../../store/states.ts";
import { recordTicks } from "../../store/ticks.ts";
import { ConfigurationError } from "../configuration.ts";
import { type Moment, momentAt } from "../moment.ts";
import { type PlannedRequest, planRequest, type ReadStands } from "../planRequest.ts";
import type { AutomationMoment } from "./loop.ts";
import type { AutomationEdge } from "./loops.ts";
import { priorityOf } from "./priority.ts";

/** A run that an automation asks for. */
export interface RequestedRun {
  /** At most one run for each; null: a run each time. */
  readonly key: string | null;
  readonly selection: string;
  readonly partitions: string | null;
  /** The same key by key. */
  readonly partitionKeys: readonly string[] | null;
  /** Instead of partitions: so many of the latest, as they were at an instant. */
  readonly latest?: { readonly count: number; readonly at: number };
}

/** Keys of dynamic partitions that come and go with a tick, by their name. */
export type KeyChanges = Readonly<Record<string, { add: readonly string[]; remove: readonly string[] }>>;

/** What an evaluation came to, before anything of it is written. */
export interface EvaluatedTick {
  readonly automation: AutomationName;
  /** What was remembered when it was evaluated; null: nothing yet. */
  readonly before: AutomationRow | null;
  readonly after: AutomationChange;
  readonly at: number;
  readonly startedAt: number;
  readonly requests: readonly RequestedRun[];
  readonly partitions: KeyChanges;
  readonly reason: string | null;
  readonly log: readonly LogLine[];
  readonly details?: unknown;
  /** The evaluation failed, and is over nevertheless. */
  readonly error?: RunError;
  /** What else is written with it, or not at all; answers the trigger's new position. */
  write?(sql: Sql): Promise<unknown>;
}

export interface CommittedTick {
  readonly id: string;
  readonly status: TickStatus;
  readonly reason: string | null;
  readonly runIds: readonly string[];
  readonly row: AutomationRow;
}

/** Somebody changed the automation while it was evaluated: what came of it is thrown away, and it is due again. */
export class TickOutdated extends Error {
  override name = "TickOutdated";
}

/**
 * Writes all that a tick comes to in one transaction: dynamic keys, the runs, the keys that they have their one run
 * by, the cursor, the tick itself. A crash before the commit leaves nothing, one after it leaves nothing to do.
 */
export async function commitTick(
  edge: AutomationEdge,
  moment: AutomationMoment,
  tick: EvaluatedTick,
): Promise<CommittedTick> {
  const { automation, before, after } = tick;
  const committed = await edge.database.transaction(async sql => {
    // An engine that is stopped in here must not hold up the one that comes after it.
    await sql.query("set local idle_in_transaction_session_timeout = '20s'");
    const position = tick.write ? await tick.write(sql) : after.position;
    const row = await changeAutomation(sql, edge.environment, automation, before, { ...after, position });
    if (row === null) throw new TickOutdated(`${automation.name} was changed while it was evaluated.`);
    const { planned, known, refused } = await planRequests(edge, sql, moment, tick);
    if (refused.size > 0) throw new ConfigurationError(refusalInWords(refused, tick.requests.length));
    const runIds: string[] = [];
    const keys: { key: string; runId: string }[] = [];
    for (const { request, plan } of planned) {
      const runId = await insertRun(sql, {
        environment: edge.environment,
        digest: moment.digest,
        selection: request.selection,
        requestedBy: requesterOf(automation),
        priority: priorityOf(planned.length),
        automated: true,
        evaluatedAt: Date.now(),
        plan,
      });
      runIds.push(runId);
      if (request.key !== null) keys.push({ key: request.key, runId });
    }
    if (keys.length > 0) await takeRunKeys(sql, edge.environment, automation, keys);
    const status: TickStatus = tick.error ? "failed" : runIds.length > 0 ? "requested" : "skipped";
    const reason = [tick.reason, knownInWords(known)].filter(Boolean).join("; ") || null;
    const [id = ""] = await recordTicks(sql, edge.environment, [
      {
        ...automation,
        at: tick.at,
        startedAt: tick.startedAt,
        endedAt: Math.max(edge.clock(), tick.startedAt),
        status,
        cursorBefore: before?.cursor ?? null,
        cursorAfter: after.cursor,
        reason,
        error: tick.error ?? null,
        runIds,
        log: tick.log,
        details: tick.details ?? null,
      },
    ]);
    if (runIds.length > 0) await sql.query("select pg_notify($1, $2)", [channel, "queued"]);
    await requireAutomationLease(sql, moment.lease);
    return { id, status, reason, runIds, row };
  });
  if (committed.runIds.length > 0) edge.queued(committed.runIds);
  return committed;
}

/** What a tick would come to: the same transaction, taken back at its end. One refused request fails all of it. */
export async function rehearseTick(
  edge: AutomationEdge,
  graph: ScannedGraph,
  tick: Pick<EvaluatedTick, "automation" | "requests" | "partitions">,
): Promise<{ requests: TestedRequest[]; refusal: string | null }> {
  const tested: TestedRequest[] = [];
  let refusal: string | null = null;
  try {
    await edge.database.transaction(async sql => {
      const { planned, known, refused } = await planRequests(edge, sql, { graph }, tick);
      if (refused.size > 0) refusal = refusalInWords(refused, tick.requests.length);
      const plans = new Map(planned.map(({ request, plan }) => [request, plan]));
      for (const request of tick.requests) {
        const { key, selection, partitionKeys } = request;
        const partitions = partitionKeys?.join(", ") ?? request.partitions;
        const runId = key === null ? undefined : known.get(key);
        const why = runId ? `Run ${runId} has had this key.` : (refused.get(request) ?? null);
        tested.push({ key, selection, partitions, steps: stepsInWords(plans.get(request)), refused: why });
      }
      throw new TakenBack();
    });
  } catch (error) {
    if (!(error instanceof TakenBack)) throw error;
  }
  return { requests: tested, refusal };
}

/** Says which of a tick's requests they are: a key is mostly the file or the message that it came from. */
function refusalInWords(refused: ReadonlyMap<RequestedRun, string>, count: number): string {
  const lines = [...refused].map(([request, why]) => [requestInWords(request), why] as const);
  if (lines.length === 1) {
    const rest =
      count > 1 ? " Nothing else of this tick is run either, until it is left out or corrected." : "";
    const [which, why] = lines[0] ?? [];
    return `${which === "" ? "A request" : `The request ${which}`} cannot be run: ${why}${rest}`;
  }
  const more = lines.length - mostRefusals;
  return [
    `${lines.length} of ${count} requests cannot be run, and nothing else of this tick is until they are left out or corrected:`,
    ...lines.slice(0, mostRefusals).map(it => it.filter(Boolean).join(": ")),
    ...(more > 0 ? [`and ${formatCount(more)} more`] : []),
  ].join("\n");
}

/** So many of a tick are told one by one. */
const mostRefusals = 20;

/** Of one without a key, the reason says what it asks for. */
function requestInWords({ key }: RequestedRun): string {
  return key === null ? "" : `with the key "${key}"`;
}

class TakenBack extends Error {}

/** Changes the dynamic keys first: a request may name a key that comes with the same tick (semantics N5). */
async function planRequests(
  edge: AutomationEdge,
  sql: Sql,
  { graph }: Pick<AutomationMoment, "graph">,
  { automation, requests, partitions }: Pick<EvaluatedTick, "automation" | "requests" | "partitions">,
): Promise<{
  planned: { request: RequestedRun; plan: Plan }[];
  /** Run keys that have had their runs. */
  known: Map<string, string>;
  /** What cannot be planned, and why. */
  refused: Map<RequestedRun, string>;
}> {
  const { environment } = edge;
  for (const [name, { add, remove }] of Object.entries(partitions)) {
    if (remove.length > 0) await removeDynamicKeys(sql, environment, name, remove);
    if (add.length > 0) await addDynamicKeys(sql, environment, name, add);
  }
  const keys = [...new Set(requests.flatMap(it => it.key ?? []))];
  const known = keys.length > 0 ? await usedRunKeys(sql, environment, automation, keys) : new Map();
  const planned: { request: RequestedRun; plan: Plan }[] = [];
  const refused = new Map<RequestedRun, string>();
  if (requests.length === 0) return { planned, known, refused };
  const now = await momentAt(sql, environment, graph, Date.now());
  const materialized = await materializedAssets(sql, environment);
  const stands = remembered(edge.standsAt(graph, now, sql));
  const taken = new Set(known.keys());
  for (const request of requests) {
    if (request.key !== null && taken.has(request.key)) continue;
    if (request.key !== null) taken.add(request.key);
    try {
      const { plan } = await planRequest(plannedRequest(request, now), graph, materialized, stands);
      planned.push({ request, plan });
    } catch (error) {
      if (!(error instanceof ConfigurationError)) throw error;
      refused.set(request, error.message);
    }
  }
  return { planned, known, refused };
}

function plannedRequest(
  { selection, partitions, partitionKeys, latest }: RequestedRun,
  now: Moment,
): PlannedRequest {
  if (partitionKeys) return { selection, keys: partitionKeys };
  if (!latest) return { selection, partitions };
  return { selection, latest: { count: latest.count, at: { ...now, now: latest.at } } };
}

/** Many requests of one tick mostly ask for the same assets. */
function remembered(stands: ReadStands): ReadStands {
  const known = new Map<string, ReturnType<ReadStands>>();
  return (assets, options) => {
    const name = JSON.stringify([assets, options.stale]);
    const found = known.get(name) ?? stands(assets, options);
    known.set(name, found);
    return found;
  };
}

function stepsInWords(plan: Plan | undefined): string[] {
  return (plan?.steps ?? []).map(({ assets, partitions }) =>
    [assets.join(", "), partitions?.keys.join("...")].filter(Boolean).join(" "),
  );
}

function knownInWords(known: ReadonlyMap<string, string>): string | null {
  if (known.size === 0) return null;
  const [[key, runId] = ["", ""]] = known;
  if (known.size === 1) return `run ${runId} has had the key "${key}"`;
  return `${known.size} keys have had their runs, such as "${key}" run ${runId}`;
}
