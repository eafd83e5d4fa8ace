import { mkdir, rm } from "node:fs/promises";
import type { RunError } from "../model/run.ts";
import { type Ending, openAccount } from "./account.ts";
import type { Dbt, DbtOrder, DbtOutcome, DbtPlace } from "./dbt.ts";
import { type DbtLook, openLook } from "./look.ts";
import { parseFolder, parseOrder, whyNotParsed } from "./parse.ts";
import { placeKey, startWarmProcess, type WarmProcess } from "./warmProcess.ts";

export interface PoolOptions {
  /** A Python that can import dbt. */
  readonly python: string;
  /** What runs instead when that dbt cannot be kept warm. */
  readonly plain: Dbt;
  /** Processes at most, and so invocations at once. Default: 2. */
  readonly most?: number;
  /** Bytes; a process that holds more is replaced. Default: 700 MB. */
  readonly memoryLimit?: number;
  /** A process that nobody asked for that long ends. Default: 10 minutes. */
  readonly idleMs?: number;
}

/** One process of the pool. */
interface Place {
  readonly process: WarmProcess;
  key: string;
  busy: "no" | "running" | "warming";
  idle: NodeJS.Timeout | null;
}

/** dbt kept warm: imported, and the project parsed, in a few processes that are replaced when they die. */
export function createDbtPool(options: PoolOptions): Dbt {
  const { python, plain, most = 2, memoryLimit = 700_000_000, idleMs = 600_000 } = options;
  const places = new Set<Place>();
  const stopping = new AbortController();
  const waiting = new Set<() => void>();

  return { run, parse, look, warmUp, stop };

  async function run(order: DbtOrder): Promise<DbtOutcome> {
    const signal = AbortSignal.any([order.signal, stopping.signal]);
    const account = openAccount(order);
    await mkdir(order.folder, { recursive: true });
    const place = await occupy(placeKey(order), signal);
    if (place === null) return account.close(canceled);
    let unusable: string | null = null;
    try {
      unusable = await readyUnlessAborted(place, signal);
      if (signal.aborted) return await account.close(canceled);
      if (unusable === null)
        return await account.close(await place.process.run({ ...order, signal }, account));
    } finally {
      leave(place, unusable !== null || signal.aborted);
    }
    return plain.run({ ...order, signal });
  }

  async function parse(at: DbtPlace, manifest: string): Promise<RunError | null> {
    const place = await occupy(placeKey(at), stopping.signal);
    if (place === null) return null;
    let unusable: string | null = null;
    const folder = await parseFolder(at);
    try {
      unusable = await readyUnlessAborted(place, stopping.signal);
      if (stopping.signal.aborted) return null;
      if (unusable === null) {
        const account = openAccount(parseOrder(at, folder));
        return await whyNotParsed(account, await place.process.parse(at, folder, manifest, account));
      }
    } finally {
      leave(place, unusable !== null || stopping.signal.aborted);
      await rm(folder, { recursive: true, force: true });
    }
    return plain.parse(at, manifest);
  }

  async function look<T>(at: DbtPlace, wanted: DbtLook<T>): Promise<T> {
    const folder = await parseFolder(at);
    try {
      const place = await occupy(placeKey(at), stopping.signal);
      const { account, close } = openLook(wanted);
      if (place === null) return await close(canceled, folder);
      let unusable: string | null = null;
      try {
        unusable = await readyUnlessAborted(place, stopping.signal);
        if (stopping.signal.aborted) return await close(canceled, folder);
        if (unusable === null)
          return await close(await place.process.look(at, folder, wanted.args(folder), account), folder);
      } finally {
        leave(place, unusable !== null || stopping.signal.aborted);
      }
      return await plain.look(at, wanted);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async function warmUp(at: DbtPlace): Promise<void> {
    // Whoever asks may be told late that all is over; a process that began now nobody would end.
    if (stopping.signal.aborted) return;
    const key = placeKey(at);
    if (stopping.signal.aborted || places.size >= most || [...places].some(it => it.key === key)) return;
    const place = open(key, "warming");
    const folder = await parseFolder(at);
    let isUsable = false;
    try {
      isUsable = (await place.process.ready) === null;
      if (isUsable) await place.process.parse(at, folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
      leave(place, !isUsable);
    }
  }

  async function stop() {
    stopping.abort();
    await Promise.all([...places].map(retire));
    await plain.stop();
  }

  /** A process that has this project parsed, else a new one, else any; waits while all of them work. */
  async function occupy(key: string, signal: AbortSignal): Promise<Place | null> {
    for (;;) {
      if (signal.aborted) return null;
      const own = [...places].filter(it => it.key === key);
      const isWarming = own.some(it => it.busy === "warming");
      const free = own.find(it => it.busy === "no") ?? (isWarming || places.size < most ? null : anyFree());
      if (free) {
        if (free.idle) clearTimeout(free.idle);
        Object.assign(free, { key, busy: "running", idle: null });
        return free;
      }
      if (!isWarming && places.size < most) return open(key, "running");
      await Promise.race([new Promise<void>(resolve => waiting.add(resolve)), aborted(signal)]);
    }
  }

  function anyFree(): Place | null {
    return [...places].find(it => it.busy === "no") ?? null;
  }

  function open(key: string, busy: Place["busy"]): Place {
    const place: Place = { process: startWarmProcess(python), key, busy, idle: null };
    places.add(place);
    void place.process.ended.then(() => {
      places.delete(place);
      announce();
    });
    return place;
  }

  function leave(place: Place, isSpent: boolean) {
    place.busy = "no";
    if (isSpent || place.process.memory > memoryLimit) {
      places.delete(place);
      void retire(place);
    } else if (places.has(place)) {
      place.idle = setTimeout(() => void retire(place), idleMs);
      place.idle.unref();
    }
    announce();
  }

  async function retire(place: Place) {
    if (place.idle) clearTimeout(place.idle);
    await place.process.stop();
    places.delete(place);
  }

  function announce() {
    for (const resolve of waiting) resolve();
    waiting.clear();
  }
}

const canceled: Ending = { kind: "canceled", failure: null };

async function readyUnlessAborted({ process }: Place, signal: AbortSignal): Promise<string | null> {
  return await Promise.race([process.ready, aborted(signal)]);
}

function aborted(signal: AbortSignal): Promise<null> {
  return new Promise(resolve => {
    if (signal.aborted) resolve(null);
    else signal.addEventListener("abort", () => resolve(null), { once: true });
  });
}
