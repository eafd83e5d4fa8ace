import { describe, expect, test, vi } from "vitest";
import { ChannelClosed, connect, type Port, type Remote } from "../../src/protocol/channel.ts";

describe("a call over a channel", () => {
  test("answers with what the method returns or resolves to", async () => {
    const { far } = pair({ add: (a: number, b: number) => a + b, later: async () => ({ rows: [1, null] }) });
    expect(await far.add(2, 3)).toBe(5);
    expect(await far.later()).toEqual({ rows: [1, null] });
  });

  test("answers each of many calls with its own answer, in whatever order they end", async () => {
    const gates: (() => void)[] = [];
    const { far } = pair({
      wait: (n: number) => new Promise<number>(resolve => gates.push(() => resolve(n))),
    });
    const answers = Promise.all([far.wait(1), far.wait(2), far.wait(3)]);
    await vi.waitUntil(() => gates.length === 3);
    for (const open of gates.reverse()) open();
    expect(await answers).toEqual([1, 2, 3]);
  });

  test("goes both ways over one port", async () => {
    const [here, there] = ports();
    const near = { name: () => "editor" };
    const remote = connect<typeof near, { greet(): Promise<string> }>(here, near);
    const back: Remote<typeof near> = connect(there, { greet: async () => `hello, ${await back.name()}` });
    expect(await remote.greet()).toBe("hello, editor");
  });

  test("reaches the methods of a class that keeps its state to itself, and of the class above it", async () => {
    class Counter {
      #count = 0;
      increment() {
        return ++this.#count;
      }
    }
    class NamedCounter extends Counter {
      name = () => "runs";
    }
    const { far } = pair(new NamedCounter());
    expect([await far.increment(), await far.increment(), await far.name()]).toEqual([1, 2, "runs"]);
  });

  test("may be awaited as a remote without calling it", async () => {
    const { far } = pair({ add: (a: number) => a });
    expect(await far).toBe(far);
  });
});

describe("a call that fails", () => {
  test("rejects with the name, the message and the data of the other side's error", async () => {
    const { far } = pair({
      materialize() {
        throw Object.assign(new RangeError("no such partition"), { data: { key: "2026-02-30" } });
      },
      query: async () => Promise.reject("not an error"),
    });
    const error = await far.materialize().catch((it: unknown) => it);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({
      name: "RangeError",
      message: "no such partition",
      data: { key: "2026-02-30" },
    });
    await expect(far.query()).rejects.toMatchObject({ name: "Error", message: "not an error" });
  });

  test("rejects when an argument cannot be sent, and the channel goes on", async () => {
    const { far } = pair({ echo: (it: unknown) => it });
    await expect(far.echo(10n)).rejects.toThrow(/BigInt/);
    const circle: { self?: unknown } = {};
    circle.self = circle;
    await expect(far.echo(circle)).rejects.toThrow(/circular/);
    expect(await far.echo("still here")).toBe("still here");
  });

  test("rejects when the answer cannot be sent, or what the error carries", async () => {
    const { far } = pair({
      big: () => 10n,
      failing: () => {
        throw Object.assign(new Error("full disk"), { data: 10n });
      },
    });
    await expect(far.big()).rejects.toThrow(/The answer of "big" cannot be sent: .*BigInt/);
    await expect(far.failing()).rejects.toThrow(/The answer of "failing" cannot be sent/);
  });

  test.each([
    "constructor",
    "__proto__",
    "then",
    "toString",
    "hasOwnProperty",
    "__defineGetter__",
    "",
    "nothing",
    "value",
  ])('rejects the method "%s", which the interface does not offer', async method => {
    class Engine {
      value = 42;
      run() {}
    }
    for (const ours of [new Engine(), { value: 42, run() {} }, Object.create(null) as object]) {
      const [here, there] = ports();
      connect(here, ours);
      const reply = new Promise(resolve => there.onMessage(resolve));
      there.post({ id: 7, method, args: ["return 1"] });
      const message = `There is no method "${method}" on this side.`;
      expect(await reply).toEqual({ reply: 7, error: { name: "Error", message } });
    }
  });
});

describe("a channel that closes", () => {
  test("rejects what waits and what comes later", async () => {
    const { far, close } = pair({ never: () => new Promise(() => {}) });
    const waiting = far.never();
    close();
    await expect(waiting).rejects.toBeInstanceOf(ChannelClosed);
    await expect(far.never()).rejects.toBeInstanceOf(ChannelClosed);
  });

  test("does not send an answer that comes too late", async () => {
    const posted: unknown[] = [];
    const deliver: ((message: unknown) => void)[] = [];
    const close: (() => void)[] = [];
    const port: Port = {
      post: message => void posted.push(message),
      onMessage: listener => void deliver.push(listener),
      onClose: listener => void close.push(listener),
    };
    const { promise: slow, resolve: finish } = deferred<void>();
    connect(port, { slow: () => slow });
    deliver[0]?.({ id: 1, method: "slow", args: [] });
    close[0]?.();
    finish();
    await settled();
    expect(posted).toEqual([]);
  });
});

describe("a message of no known form", () => {
  const junk = [
    null,
    undefined,
    42,
    "run",
    [],
    {},
    { id: 1 },
    { id: "1", method: "run", args: [] },
    { id: 1, method: "run" },
    { id: 1, method: "run", args: { length: 1 } },
    { id: 1, method: ["run"], args: [] },
    { reply: "1", result: 2 },
    { reply: 999, result: 2 },
    { cancel: "1" },
    { cancel: 999 },
  ];

  test("is dropped without an answer, and calls go on", async () => {
    const run = vi.fn(() => "done");
    const { far, here, there } = pair({ run });
    const answers = vi.fn();
    there.onMessage(answers);
    for (const message of junk) there.post(message);
    for (const message of junk) here.post(message);
    expect(await far.run()).toBe("done");
    expect(run).toHaveBeenCalledTimes(1);
    expect(
      answers.mock.calls.filter(([it]) => it?.reply !== undefined && !junk.some(j => same(j, it))),
    ).toEqual([[{ reply: 1, result: "done" }]]);
  });

  test.each([null, "text", 42, {}, { message: 42 }])("as an error (%j) still ends the call", async error => {
    const [here, there] = ports();
    const far = connect<object, { run(): void }>(there, {});
    const call = far.run();
    here.post({ reply: 1, error });
    await expect(call).rejects.toMatchObject({
      name: "Error",
      message: "The other side failed without saying why.",
    });
  });
});

describe("a call with a signal as its last argument", () => {
  test("lets the other side's method hear that it is canceled, and settles with what the method makes of it", async () => {
    const { far, started } = worker();
    const controller = new AbortController();
    const call = far.run("city_aggregates", controller.signal);
    await started;
    controller.abort();
    expect(await call).toBe("city_aggregates canceled");
  });

  test("answers as any other while nobody cancels, and a cancel that comes too late changes nothing", async () => {
    const { far, here } = pair({
      add: (a: number, b: number, signal: AbortSignal) => [a + b, signal.aborted],
    });
    const sent = vi.fn();
    const controller = new AbortController();
    expect(await far.add(2, 3, controller.signal)).toEqual([5, false]);
    here.onMessage(sent);
    controller.abort();
    await settled();
    expect(sent).not.toHaveBeenCalled();
  });

  test("cancels only itself", async () => {
    const { far, started } = worker(2);
    const [first, second] = [new AbortController(), new AbortController()];
    const calls = [far.run("a", first.signal), far.run("b", second.signal)];
    await started;
    second.abort();
    expect(await Promise.race(calls)).toBe("b canceled");
    first.abort();
    expect(await calls[0]).toBe("a canceled");
  });

  test("is not sent when it is canceled already", async () => {
    const run = vi.fn();
    const { far } = pair({ run });
    await expect(far.run(AbortSignal.abort(new Error("too late")))).rejects.toThrow("too late");
    await settled();
    expect(run).not.toHaveBeenCalled();
  });

  test("is canceled for the method when the caller is gone", async () => {
    const { far, started, ended, close } = worker();
    const call = far.run("city_aggregates", new AbortController().signal);
    await started;
    close();
    expect(await ended).toBe("city_aggregates canceled");
    await expect(call).rejects.toBeInstanceOf(ChannelClosed);
  });

  /** Serves a method that runs until it is canceled; `started` when so many of its calls run. */
  function worker(calls = 1) {
    const { promise: started, resolve: start } = deferred<void>();
    const { promise: ended, resolve: end } = deferred<string>();
    let running = 0;
    const run = (asset: string, signal: AbortSignal) =>
      new Promise<string>(resolve => {
        signal.addEventListener("abort", () => {
          resolve(`${asset} canceled`);
          end(`${asset} canceled`);
        });
        if (++running === calls) start();
      });
    return { ...pair({ run }), started, ended };
  }
});

/** `ours` behind a channel, as the other side sees it. */
function pair<Ours extends object>(ours: Ours) {
  const [here, there] = ports();
  connect<Ours, object>(here, ours);
  const far = connect<object, Ours>(there, {});
  return { far, here, there, close: here.close };
}

/** Two ends of a wire that carries JSON, each message in a turn of its own, as between processes. */
function ports(): [Port & { close(): void }, Port & { close(): void }] {
  const listeners: [((message: unknown) => void)[], ((message: unknown) => void)[]] = [[], []];
  const closing: (() => void)[] = [];
  const close = () => {
    for (const listener of closing) listener();
  };
  const end = (own: 0 | 1, other: 0 | 1): Port & { close(): void } => ({
    post(message) {
      const text = JSON.stringify(message);
      setImmediate(() => {
        for (const listener of listeners[other]) listener(text === undefined ? undefined : JSON.parse(text));
      });
    },
    onMessage: listener => void listeners[own].push(listener),
    onClose: listener => void closing.push(listener),
    close,
  });
  return [end(0, 1), end(1, 0)];
}

/** Long enough for whatever is on the wire to arrive and be answered. */
async function settled() {
  for (let turn = 0; turn < 10; turn++) await new Promise(resolve => setImmediate(resolve));
}

function deferred<T>() {
  let resolve = (_: T) => {};
  const promise = new Promise<T>(settle => {
    resolve = settle;
  });
  return { promise, resolve };
}

function same(a: unknown, b: unknown) {
  return JSON.stringify(a) === JSON.stringify(b);
}
