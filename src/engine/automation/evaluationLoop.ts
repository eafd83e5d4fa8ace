import type { AutomationNode } from "../../model/automationNode.ts";
import type { RunError } from "../../model/run.ts";
import { AutomationSuperseded, requireAutomationLease } from "../../store/automationLease.ts";
import {
  type AutomationRow,
  automationRows,
  changeAutomation,
  queuedRunsOf,
  requesterOf,
} from "../../store/automations.ts";
import { type Notifications, openNotifications } from "../../store/notifications.ts";
import { createIdleTicks } from "./idleTicks.ts";
import { lanes } from "./lanes.ts";
import type { AutomationLoop, AutomationMoment } from "./loop.ts";
import type { AutomationEdge } from "./loops.ts";
import { createSensorProcesses } from "./sensorProcesses.ts";
import { TickOutdated } from "./tickCommit.ts";
import { createTickFaults } from "./tickFaults.ts";
import { onlyFileOf, runTick } from "./tickRunner.ts";
import { createTrigger, type Trigger, type TriggerEdge } from "./triggers.ts";

/** One automation while it is on. */
interface Active {
  node: AutomationNode;
  /** What it is made of: when that changes, its trigger is made anew. */
  likeness: string;
  trigger: Trigger;
  nextAt: number;
  /** When it looks without anybody having told it to. */
  pollAt: number;
  running: Promise<void> | null;
  /** It was told that something happened while it was being evaluated. */
  again: number | null;
  /** Whether it may have runs that wait: only then anybody counts them. */
  mayWait: boolean;
  failures: number;
}

/** Evaluates the sensors, or the schedules, that are on and due: each by itself, none over itself. */
export function evaluationLoop(kind: "sensor" | "schedule", edge: AutomationEdge): AutomationLoop {
  const { database, environment } = edge;
  const idle = createIdleTicks(database, environment);
  const processes = createSensorProcesses({ bundle: edge.bundle, timeoutMs: edge.limits.evaluationMs });
  const faults = createTickFaults(edge.tell);
  const active = new Map<string, Active>();
  const room = lanes(() => edge.wake(`${kind}s`));
  const connections = new Map<string | null, Notifications>();
  let rows: Map<string, AutomationRow> | null = null;
  let epoch = "";
  let tenure = new AbortController();
  /** What was active is as these say. */
  let settled: { graph: AutomationMoment["graph"]; rows: unknown } | null = null;
  /** By a clock that nobody sets. */
  let flushAt = 0;
  let lastLook = Number.NEGATIVE_INFINITY;
  const triggerEdge: TriggerEdge = { ...edge, notifications, happened };

  return {
    name: `${kind}s`,
    async look(moment) {
      if (moment.lease.epoch !== epoch) forget(moment.lease.epoch);
      if (moment.now < lastLook) countAnew(moment.now);
      lastLook = moment.now;
      rows ??= await readRows();
      if (settled?.graph !== moment.graph || settled.rows !== rows) {
        const present = { graph: moment.graph, rows };
        await settle(moment);
        settled = present;
      }
      const waiting = await withTooManyRuns(moment.now);
      for (const it of [...active.values()].sort((a, b) => a.nextAt - b.nextAt)) {
        if (it.running !== null || it.nextAt > moment.now) continue;
        if (waiting.has(it.node.name)) putOff(it, moment);
        else if (!start(it, moment)) break;
      }
      if (idle.pending() && performance.now() >= flushAt) {
        await idle.flush(moment.lease);
        flushAt = performance.now() + flushMs;
      }
      return nextLook();
    },
    heeds(payload) {
      const [what, which, name] = payload.split(" ");
      if (what === "automation") {
        if (which === "webhook") happened(name ?? "", 0);
        else rows = null;
        return true;
      }
      if (kind === "schedule" || (what !== "ended" && what !== "run")) return false;
      return touch(it => it.node.trigger?.kind === "asset" || it.node.trigger?.kind === "runStatus");
    },
    missed() {
      rows = null;
      touch(it => it.node.trigger?.kind !== "interval" && it.node.trigger?.kind !== "cron");
    },
    faults: () => ({ failures: faults.count(), problems: faults.problems() }),
    async rest() {
      tenure.abort();
      const running = [...active.values()].map(it => it.running);
      for (const { trigger } of active.values()) trigger.close();
      active.clear();
      await processes.stop();
      await Promise.all([...connections.values()].map(it => it.close()));
      connections.clear();
      await Promise.all(running);
      forget("");
    },
  };

  function forget(next: string) {
    epoch = next;
    rows = null;
    settled = null;
    idle.forget();
    faults.forget();
    tenure = new AbortController();
  }

  /** The clock was ahead, and what is due was counted by it. */
  function countAnew(now: number) {
    for (const it of active.values()) {
      it.nextAt = Math.min(it.nextAt, now);
      it.pollAt = Math.min(it.pollAt, now);
    }
  }

  async function readRows() {
    const all = await automationRows(database, environment);
    return new Map(all.filter(it => it.kind === kind).map(it => [it.name, it]));
  }

  /** Brings what is active to what the definitions and the switches say. */
  async function settle(moment: AutomationMoment) {
    const nodes = (moment.graph.automations ?? []).filter(it => it.kind === kind);
    const on = nodes.filter(it => rows?.get(it.name)?.switched ?? it.on);
    const names = new Set(on.map(it => it.name));
    for (const [name, it] of active) if (!names.has(name)) close(name, it);
    const toBegin: AutomationNode[] = [];
    for (const node of on) {
      open(node, moment.now);
      const row = rows?.get(node.name);
      if (!row?.wasOn || row.definition !== (active.get(node.name)?.trigger.definition ?? null))
        toBegin.push(node);
    }
    const toEnd = nodes.filter(it => !names.has(it.name) && rows?.get(it.name)?.wasOn);
    if (toBegin.length > 0 || toEnd.length > 0) await begin(toBegin, toEnd, moment);
  }

  function open(node: AutomationNode, now: number) {
    const likeness = JSON.stringify([node.trigger, node.hasFunction, node.selection]);
    const known = active.get(node.name);
    if (known?.likeness === likeness) {
      known.node = node;
      return;
    }
    if (known) close(node.name, known);
    // Those that begin together are spread, so that they do not come together ever after.
    const spread = kind === "sensor" && active.size > spreadFrom ? (active.size % 100) * 10 : 0;
    active.set(node.name, {
      node,
      likeness,
      trigger: createTrigger(node, triggerEdge),
      nextAt: now + spread,
      pollAt: now + spread,
      running: null,
      again: null,
      mayWait: true,
      failures: 0,
    });
  }

  function close(name: string, it: Active) {
    it.trigger.close();
    active.delete(name);
    edge.trouble.well(`${kind} ${name}`);
    faults.forget(name);
  }

  /** Notes who is on and who is off: who is switched on begins now, whatever was due while it was off. */
  async function begin(
    toBegin: readonly AutomationNode[],
    toEnd: readonly AutomationNode[],
    { now, lease }: AutomationMoment,
  ) {
    const written = await database.transaction(async sql => {
      const changed: AutomationRow[] = [];
      for (const node of [...toBegin, ...toEnd]) {
        const row = rows?.get(node.name) ?? null;
        const trigger = active.get(node.name)?.trigger;
        const isOn = trigger !== undefined;
        const position = row?.position ?? (await trigger?.begin?.(sql, now)) ?? null;
        const after = await changeAutomation(sql, environment, node, row, {
          wasOn: isOn,
          cursor: row?.cursor ?? null,
          definition: isOn ? (trigger.definition ?? null) : (row?.definition ?? null),
          position,
          doneUntil: kind === "schedule" ? now : (row?.doneUntil ?? null),
        });
        if (after) changed.push(after);
      }
      await requireAutomationLease(sql, lease);
      return changed;
    });
    for (const row of written) {
      rows?.set(row.name, row);
      const it = active.get(row.name);
      if (it && kind === "schedule") it.nextAt = it.trigger.next(row, now);
    }
    if (written.length < toBegin.length + toEnd.length) rows = null;
  }

  /** What has more runs waiting than anybody will begin soon is not asked for more. */
  async function withTooManyRuns(now: number): Promise<Set<string>> {
    const due = [...active.values()].filter(it => it.mayWait && it.running === null && it.nextAt <= now);
    if (due.length === 0) return new Set();
    const requesters = new Map(due.map(it => [requesterOf(it.node), it]));
    const queued = await queuedRunsOf(database, environment, [...requesters.keys()]);
    const waiting = new Set<string>();
    for (const [requester, it] of requesters) {
      const count = queued.get(requester) ?? 0;
      it.mayWait = count > 0;
      if (count >= edge.limits.queuedRuns) waiting.add(it.node.name);
    }
    return waiting;
  }

  function putOff(it: Active, { now }: AutomationMoment) {
    const row = rows?.get(it.node.name);
    const reason = `waits until fewer than ${edge.limits.queuedRuns} of its runs are queued`;
    idle.note({
      kind,
      name: it.node.name,
      at: now,
      startedAt: now,
      endedAt: now,
      status: "skipped",
      cursorBefore: row?.cursor ?? null,
      cursorAfter: row?.cursor ?? null,
      reason,
      error: null,
      runIds: [],
      log: [],
    });
    it.nextAt = now + putOffMs;
  }

  /** False: there is no room for another evaluation now. */
  function start(it: Active, moment: AutomationMoment): boolean {
    const row = rows?.get(it.node.name);
    // Somebody changed something a moment ago: the next look reads it first.
    if (row === undefined || !row.wasOn) return false;
    const leave = room.enter(it.node.name);
    if (leave === "fast is full") return false;
    if (leave === "slow is full") {
      it.nextAt = moment.now + putOffMs;
      return true;
    }
    const { signal } = tenure;
    it.running = tick(it, row, moment, signal)
      .then(() => edge.trouble.well(`${kind} ${it.node.name}`))
      .catch(error => {
        if (error instanceof TickOutdated) {
          rows = null;
          return;
        }
        it.nextAt = edge.clock() + retryMs;
        // Whoever has the lease now evaluates it; most else is a database that is away.
        if (!signal.aborted && !(error instanceof AutomationSuperseded)) {
          edge.trouble.failed(`${kind} ${it.node.name}`, error);
        }
      })
      .finally(() => {
        leave();
        it.running = null;
        if (it.again !== null) it.nextAt = Math.min(it.nextAt, it.again);
        it.again = null;
        if (!signal.aborted) edge.wake(`${kind}s`);
      });
    return true;
  }

  async function tick(it: Active, row: AutomationRow, moment: AutomationMoment, signal: AbortSignal) {
    const now = edge.clock();
    const isPoll = now >= it.pollAt;
    const due = await it.trigger.collect(row, now, isPoll);
    if (due === null) {
      if (isPoll) noteNothing(it, row, now);
      // The files that made it fail are gone.
      if (it.trigger.waiting?.().length === 0) faults.well(it.node);
      next(it, row, now, isPoll);
      return;
    }
    let handed = false;
    let error: RunError | null | undefined;
    try {
      const result = await runTick(edge, { processes, idle }, it.node, row, due, moment, signal);
      ({ handed, error } = result);
      rows?.set(it.node.name, result.row);
      it.mayWait = true;
      it.failures = handed ? 0 : it.failures + 1;
      next(it, result.row, now, isPoll || !handed);
      if (handed && due.more) it.nextAt = edge.clock();
      // What fails again and again is tried less and less often, at least once a minute.
      if (!handed)
        it.nextAt = Math.max(it.nextAt, now + Math.min(1_000 * 2 ** (it.failures - 1), longestRetryMs));
    } finally {
      it.trigger.settled(handed);
    }
    if (error === undefined) return;
    if (error === null) faults.well(it.node, it.trigger.waiting?.());
    else faults.failed(it.node, error, onlyFileOf(due), it.trigger.waiting?.());
  }

  function next(it: Active, row: AutomationRow, now: number, isPoll: boolean) {
    if (isPoll) it.pollAt = it.trigger.next(row, now);
    it.nextAt = it.pollAt;
  }

  function noteNothing({ node, trigger }: Active, row: AutomationRow, now: number) {
    if (trigger.idle === undefined) return;
    const common = {
      kind,
      name: node.name,
      at: now,
      startedAt: now,
      endedAt: now,
      error: null,
      runIds: [],
      log: [],
    };
    const { cursor } = row;
    idle.note({
      ...common,
      status: "skipped",
      reason: trigger.idle,
      cursorBefore: cursor,
      cursorAfter: cursor,
    });
  }

  function nextLook(): number | null {
    const flushIn = Math.max(0, flushAt - performance.now());
    let earliest = idle.pending() ? edge.clock() + flushIn : Number.POSITIVE_INFINITY;
    const hasRoom = room.hasRoom();
    for (const it of active.values()) {
      if (it.running === null && (hasRoom || it.nextAt > edge.clock()))
        earliest = Math.min(earliest, it.nextAt);
    }
    return Number.isFinite(earliest) ? earliest : null;
  }

  function happened(name: string, inMs: number) {
    const it = active.get(name);
    if (it === undefined) return;
    const at = edge.clock() + inMs;
    if (it.running !== null) it.again = Math.min(it.again ?? at, at);
    else it.nextAt = Math.min(it.nextAt, at);
    if (inMs <= 0) edge.wake(`${kind}s`);
    else setTimeout(() => edge.wake(`${kind}s`), inMs);
  }

  function touch(which: (it: Active) => boolean): boolean {
    let isAny = false;
    for (const it of active.values()) {
      if (!which(it)) continue;
      isAny = true;
      const at = edge.clock();
      if (it.running !== null) it.again = at;
      else it.nextAt = Math.min(it.nextAt, at);
    }
    return isAny;
  }

  function notifications(url: string | null): Notifications {
    const known = connections.get(url) ?? openNotifications(url ?? database.url, "millrace notifications");
    connections.set(url, known);
    return known;
  }
}

/** After an error that is not the automation's own. */
const retryMs = 2_000;
const longestRetryMs = 60_000;
const putOffMs = 1_000;
/** The history of what came to nothing is written so often. */
const flushMs = 500;
const spreadFrom = 20;
