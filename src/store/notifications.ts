import { Client } from "pg";

/** Listens on channels of one database, and connects again by itself. */
export interface Notifications {
  /** Calls back with each payload; the answer ends it. */
  listen(channel: string, heard: (payload: string) => void): () => void;
  close(): Promise<void>;
}

/** Connects when the first channel is listened on. What is sent while it is not connected is lost. */
export function openNotifications(url: string, name: string): Notifications {
  const listeners = new Map<string, Set<(payload: string) => void>>();
  let client: Client | null = null;
  let connecting: Promise<void> | null = null;
  let closed = false;

  return {
    listen(channel, heard) {
      const others = listeners.get(channel) ?? new Set();
      others.add(heard);
      listeners.set(channel, others);
      if (client !== null && others.size === 1) void subscribe(client, channel).catch(() => {});
      else connecting ??= connect();
      return () => {
        others.delete(heard);
        if (others.size > 0) return;
        listeners.delete(channel);
        void client?.query(`unlisten ${quoted(channel)}`).catch(() => {});
      };
    },
    async close() {
      closed = true;
      await client?.end().catch(() => {});
      await connecting;
    },
  };

  async function connect() {
    for (let wait = 200; !closed; wait = Math.min(wait * 2, 10_000)) {
      const next = new Client({ connectionString: url, application_name: name, keepAlive: true });
      next.on("notification", ({ channel, payload }) => {
        for (const heard of listeners.get(channel) ?? []) heard(payload ?? "");
      });
      next.on("error", () => {});
      try {
        await next.connect();
        for (const channel of listeners.keys()) await subscribe(next, channel);
        if (closed) await next.end();
        client = next;
        next.once("end", () => {
          client = null;
          if (!closed) connecting = connect();
        });
        return;
      } catch {
        // It is away, or the URL is wrong: a sensor that counts on it looks by itself every now and then.
        void next.end().catch(() => {});
        await new Promise(resolve => setTimeout(resolve, wait).unref());
      }
    }
  }

  async function subscribe(to: Client, channel: string) {
    await to.query(`listen ${quoted(channel)}`);
  }
}

function quoted(identifier: string): string {
  return `"${identifier.replaceAll('"', '""')}"`;
}
