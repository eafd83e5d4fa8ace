/** Anything two sides can pass values through: a webview, a child process, a pair of streams. */
export interface Port {
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  onClose(listener: () => void): void;
}

/** An interface as seen from afar: every method answers later, and may fail. */
export type Remote<T> = {
  [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never;
};

/** The error of a call that the other side can no longer answer. */
export class ChannelClosed extends Error {
  override name = "ChannelClosed";
}

interface Request {
  id: number;
  method: string;
  args: unknown[];
  /** The caller may still send `{ cancel: id }`; the method gets a signal behind its other arguments. */
  cancelable?: true;
}

interface Reply {
  reply: number;
  result?: unknown;
  error?: { message: string; name: string; data?: unknown };
}

interface Cancel {
  cancel: number;
}

interface Caller {
  resolve(value: unknown): void;
  reject(error: unknown): void;
  /** Stops listening to the call's signal. */
  release(): void;
}

/**
 * Serves `ours` to the other side of the port, and returns the other side.
 * Every request settles: with the answer, with the other side's error, or with `ChannelClosed`.
 * An `AbortSignal` as the last argument reaches the other side's method as a signal of its own;
 * an aborted call settles with what the method then makes of it.
 * Messages of no known form are dropped: the port may be shared with a stranger.
 */
export function connect<Ours extends object, Theirs extends object>(port: Port, ours: Ours): Remote<Theirs> {
  const waiting = new Map<number, Caller>();
  const answering = new Map<number, AbortController>();
  let lastId = 0;
  let closed = false;

  port.onMessage(message => {
    if (isReply(message)) settle(message);
    else if (isRequest(message)) void answer(message);
    else if (isCancel(message)) answering.get(message.cancel)?.abort();
  });
  port.onClose(() => {
    closed = true;
    for (const id of [...waiting.keys()]) take(id)?.reject(new ChannelClosed("The other side has closed."));
    // Nobody is left to hear the answers.
    for (const controller of answering.values()) controller.abort();
    answering.clear();
  });

  return new Proxy({} as Remote<Theirs>, {
    // A remote is not a promise, though every name looks like a method on it.
    get: (_, method) =>
      method === "then" || typeof method === "symbol"
        ? undefined
        : (...args: unknown[]) => call(method, args),
  });

  function call(method: string, args: unknown[]) {
    const last = args.at(-1);
    const signal = isSignal(last) ? last : null;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      if (closed) return reject(new ChannelClosed("The other side has closed."));
      const id = ++lastId;
      const cancel = () => post({ cancel: id });
      signal?.addEventListener("abort", cancel, { once: true });
      const release = () => signal?.removeEventListener("abort", cancel);
      waiting.set(id, { resolve, reject, release });
      const request = signal ? { args: args.slice(0, -1), cancelable: true as const } : { args };
      const failure = post({ id, method, ...request });
      if (failure !== null) take(id)?.reject(failure);
    });
  }

  async function answer({ id, method, args, cancelable }: Request) {
    const controller = new AbortController();
    if (cancelable) answering.set(id, controller);
    let reply: Reply;
    try {
      const ownArgs = cancelable ? [...args, controller.signal] : args;
      reply = { reply: id, result: await methodOf(ours, method).apply(ours, ownArgs) };
    } catch (error) {
      reply = { reply: id, error: serializeError(error) };
    }
    answering.delete(id);
    const failure = post(reply);
    // An answer that cannot cross the port is an error too: its caller must not wait for ever.
    if (failure !== null) {
      const message = `The answer of "${method}" cannot be sent: ${failure.message}`;
      post({ reply: id, error: { message, name: failure.name } });
    }
  }

  function settle({ reply, result, error }: Reply) {
    const caller = take(reply);
    if (error === undefined) caller?.resolve(result);
    else caller?.reject(deserializeError(error));
  }

  function take(id: number): Caller | undefined {
    const caller = waiting.get(id);
    waiting.delete(id);
    caller?.release();
    return caller;
  }

  /** What kept the port from taking the message, or null. */
  function post(message: Request | Reply | Cancel): Error | null {
    if (closed) return null;
    try {
      port.post(message);
      return null;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }
}

/** Only what the served object itself or its classes define; a message may name "constructor". */
function methodOf(ours: object, method: string): (...args: unknown[]) => unknown {
  let owner: object | null = ours;
  while (owner !== null && !Object.hasOwn(owner, method)) {
    owner = Object.getPrototypeOf(owner);
  }
  const served = owner !== null && owner !== Object.prototype && method !== "constructor";
  const found = served ? (ours as Record<string, unknown>)[method] : undefined;
  if (typeof found !== "function") throw new Error(`There is no method "${method}" on this side.`);
  return found as (...args: unknown[]) => unknown;
}

function isRequest(message: any): message is Request {
  return typeof message?.id === "number" && typeof message.method === "string" && Array.isArray(message.args);
}

function isReply(message: any): message is Reply {
  return typeof message?.reply === "number";
}

function isCancel(message: any): message is Cancel {
  return typeof message?.cancel === "number";
}

/** Told by its shape: the signals of a test's window and of Node are of different classes. */
function isSignal(value: any): value is AbortSignal {
  return typeof value?.aborted === "boolean" && typeof value.addEventListener === "function";
}

function serializeError(error: unknown): Reply["error"] {
  if (!(error instanceof Error)) return { message: String(error), name: "Error" };
  return { message: error.message, name: error.name, data: (error as { data?: unknown }).data };
}

/** The sender is not trusted to have sent an error: whatever came, the call fails with something readable. */
function deserializeError(error: any): Error {
  const message =
    typeof error?.message === "string" ? error.message : "The other side failed without saying why.";
  const name = typeof error?.name === "string" ? error.name : "Error";
  return Object.assign(new Error(message), { name, data: error?.data });
}
