import { Client } from "pg";

/** Listens on channels of one database, and connects again by itself. */
export interface Notifications {
  /** Tells a listener what is sent on a channel; the answer ends it. */
  listen(channel: string, listener: NotificationListener): () => void;
  close(): Promise<void>;
}

export interface NotificationListener {
  heard(payload: string): void;
  /** From now on nothing that is sent is missed; what was sent before that may have been. */
  listening(): void;
  /** The connection is lost. */
  deaf(): void;
}

/** Connects when the first channel is listened on. What is sent while it is not connected is lost. */
export function openNotifications(url: string, name: string): Notifications {
  const listeners = new Map<string, Set<NotificationListener>>();
  let client: Client | null = null;
  let connecting: Promise<void> | null = null;
  let closed = false;
  let wake = () => {};

  return {
    listen(channel, listener) {
      const all = listeners.get(channel) ?? new Set();
      all.add(listener);
      listeners.set(channel, all);
      if (client !== null) void subscribe(client, channel, [listener]).catch(() => {});
      else connecting ??= connect();
      return () => {
        all.delete(listener);
        if (all.size > 0) return;
        listeners.delete(channel);
        void client?.query(`unlisten ${quoted(channel)}`).catch(() => {});
      };
    },
    async close() {
      closed = true;
      wake();
      await client?.end().catch(() => {});
      await connecting;
    },
  };

  /** Stays connected until it is closed: whenever the connection ends, it makes the next one. */
  async function connect() {
    for (let wait = shortestWaitMs; !closed; wait = Math.min(wait * 2, longestWaitMs)) {
      const next = new Client({
        connectionString: url,
        application_name: name,
        keepAlive: true,
        // A wire that was cut tells nobody: whether the other side is still there, is asked.
        keepAliveInitialDelayMillis: 10_000,
      });
      next.on("notification", ({ channel, payload }) => {
        for (const { heard } of listeners.get(channel) ?? []) heard(payload ?? "");
      });
      next.on("error", () => {});
      const ended = new Promise<void>(resolve => next.once("end", resolve));
      try {
        await next.connect();
        // Who begins to listen from now on subscribes by itself.
        client = next;
        for (const [channel, all] of listeners) await subscribe(next, channel, [...all]);
        if (closed) await next.end();
        await ended;
        wait = shortestWaitMs;
      } catch {
        // It is away, or the URL is wrong: a sensor that counts on it looks by itself every now and then.
        void next.end().catch(() => {});
      }
      if (client === next) {
        client = null;
        for (const all of listeners.values()) for (const { deaf } of all) deaf();
      }
      const woken = new Promise<void>(resolve => {
        wake = resolve;
      });
      if (!closed) await Promise.race([sleep(wait), woken]);
    }
  }

  async function subscribe(to: Client, channel: string, told: Iterable<NotificationListener>) {
    await to.query(`listen ${quoted(channel)}`);
    for (const listener of told) if (listeners.get(channel)?.has(listener)) listener.listening();
  }
}

const shortestWaitMs = 200;
const longestWaitMs = 10_000;

function sleep(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms).unref());
}

function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
