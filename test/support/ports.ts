import type { Port } from "../../src/protocol/channel.ts";

/** Two ends of one line; what is said at one is heard at the other a little later. */
export function ports(): [Port, Port] {
  const listeners: [((message: unknown) => void)[], ((message: unknown) => void)[]] = [[], []];
  const end = (here: 0 | 1, there: 0 | 1): Port => ({
    post: message =>
      queueMicrotask(() => {
        for (const listener of listeners[there]) listener(structuredClone(message));
      }),
    onMessage: listener => listeners[here].push(listener),
    onClose: () => {},
  });
  return [end(0, 1), end(1, 0)];
}
