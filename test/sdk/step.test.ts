import { asset, notNull, resource, stream } from "millrace";
import { describe, expect, test } from "vitest";
import type { InputContext, IoManager, OutputContext } from "../../src/sdk/ioManager.ts";
import { runStep } from "../../src/sdk/step.ts";
import { fakeEdge } from "./fakeEdge.ts";

describe("a step", () => {
  test("opens resources, loads inputs, calls the function, stages, publishes, discards and closes, in order", async () => {
    const { edge, happened } = fakeEdge();
    const upstream = asset("upstream", { materialize: () => [] });
    const api = resource("api", {
      open: () => void happened.push("open api"),
      close: () => void happened.push("close api"),
    });
    const consumer = asset("consumer", {
      inputs: { upstream },
      resources: { api },
      materialize: () => {
        happened.push("materialize");
        return [];
      },
    });
    await runStep(consumer, edge);
    expect(happened).toEqual([
      "open api",
      "load upstream",
      "materialize",
      "stage consumer",
      "begin",
      "publish consumer",
      "commit",
      "discard consumer",
      "close api",
    ]);
  });

  test("hands the function its inputs by name, the run and the log, and answers rows, checks and metadata", async () => {
    const { edge, published, lines } = fakeEdge({ rows: { upstream: [{ id: 1 }, { id: 2 }] } });
    const upstream = asset("upstream", { materialize: (): { id: number }[] => [] });
    const consumer = asset("consumer", {
      inputs: { upstream },
      checks: [{ name: "some", rows: () => true }],
      materialize: ({ upstream }, { runId, log, metadata }) => {
        metadata({ source: "s3://orders", skipped: 12 });
        metadata({ skipped: 13 });
        log.info("read", { rows: upstream.length });
        return upstream.map(({ id }) => ({ id, runId }));
      },
    });
    const expected = {
      rows: 2,
      metadata: { source: "s3://orders", skipped: 13 },
      checks: [
        { name: "some", passed: true, blocking: false, severity: "error", failedRows: null, message: null },
      ],
    };
    expect(await runStep(consumer, edge)).toEqual(expected);
    expect(published).toEqual([{ asset: "consumer", facts: expected, checks: [] }]);
    expect(edge.memory.value(consumer.key)).toEqual([
      { id: 1, runId: "run" },
      { id: 2, runId: "run" },
    ]);
    expect(lines).toEqual(['info read {"rows":2}']);
  });

  test("tells the I/O manager the attempt it writes for, and what it loads", async () => {
    let stagedFor: OutputContext | null = null;
    let loadedFor: InputContext | null = null;
    const { edge, io } = fakeEdge({
      stage: output => {
        stagedFor = output;
      },
      load: input => {
        loadedFor = input;
      },
    });
    const upstream = asset("raw/upstream", { columns: { id: "bigint" }, materialize: () => [{ id: 1 }] });
    const consumer = asset("consumer", {
      inputs: { upstream },
      checks: [{ name: "some", rows: () => true }],
      materialize: () => [],
    });
    await runStep(consumer, {
      ...edge,
      io: () => ({ ...io, relation: () => ({ schema: "raw", table: "upstream" }) }),
    });
    expect(loadedFor).toMatchObject({
      asset: "raw/upstream",
      relation: { schema: "raw", table: "upstream" },
      columns: { id: "bigint" },
      stream: false,
      assetSchema: "assets",
    });
    expect(stagedFor).toMatchObject({
      asset: "consumer",
      runId: "run",
      stepId: "step",
      attempt: 3,
      assetSchema: "assets",
      readBeforePublish: true,
      columns: null,
    });
  });

  test("says that the rows need not be kept when no check reads them", async () => {
    let kept: boolean | null = null;
    const { edge } = fakeEdge({
      stage: ({ readBeforePublish }) => {
        kept = readBeforePublish;
      },
    });
    await runStep(asset("a", { checks: [notNull("id")], materialize: () => [{ id: 1 }] }), edge);
    expect(kept).toBe(false);
  });

  test.each([
    ["an array", () => [{ id: 1 }, { id: 2 }]],
    ["a promise of an array", async () => [{ id: 1 }, { id: 2 }]],
    [
      "an iterable",
      () =>
        new Map([
          [1, { id: 1 }],
          [2, { id: 2 }],
        ]).values(),
    ],
    [
      "an async generator",
      async function* () {
        yield { id: 1 };
        yield { id: 2 };
      },
    ],
  ])("stores the rows of %s", async (_, materialize) => {
    const { edge } = fakeEdge();
    const rows = asset("rows", { materialize: materialize as () => unknown });
    expect(await runStep(rows, edge)).toMatchObject({ rows: 2 });
    expect(edge.memory.value(rows.key)).toEqual([{ id: 1 }, { id: 2 }]);
  });

  test("stores a value that is not rows, which has no number of rows", async () => {
    const { edge } = fakeEdge();
    const model = asset("model", { materialize: () => ({ slope: 1.5 }) });
    expect(await runStep(model, edge)).toMatchObject({ rows: null });
    expect(edge.memory.value(model.key)).toEqual({ slope: 1.5 });
  });

  test("an asset that returns nothing did its own writing: it is recorded, and no I/O happens", async () => {
    const { edge, happened, lines, published } = fakeEdge();
    const own = asset("own", { materialize: (_, { metadata }) => metadata({ file: "a.csv" }) });
    expect(await runStep(own, edge)).toEqual({ rows: null, metadata: { file: "a.csv" }, checks: [] });
    expect(happened).toEqual(["begin", "commit"]);
    expect(lines).toEqual([
      "info own returned nothing, so nothing is stored: it counts as having done its own writing. If it was to make rows, return them.",
    ]);
    expect(published).toMatchObject([{ facts: { rows: null, metadata: { file: "a.csv" } } }]);
  });

  test("an asset that returns nothing although it has checks fails instead of passing untested", async () => {
    const { edge, published } = fakeEdge();
    const own = asset("own", { checks: [notNull("id")], materialize: () => {} });
    await expect(runStep(own, edge)).rejects.toThrow(
      'own returned nothing, so its check "notNull(id)" has nothing to test.',
    );
    expect(published).toEqual([]);
  });

  test("streams an input row by row", async () => {
    const { edge } = fakeEdge({ rows: { upstream: [{ id: 1 }, { id: 2 }] } });
    const upstream = asset("upstream", { materialize: (): { id: number }[] => [] });
    const consumer = asset("consumer", {
      inputs: { rows: stream(upstream) },
      materialize: async function* ({ rows }) {
        for await (const { id } of rows) yield { double: id * 2 };
      },
    });
    await runStep(consumer, edge);
    expect(edge.memory.value(consumer.key)).toEqual([{ double: 2 }, { double: 4 }]);
  });

  test("closes a streamed input that the function left unread", async () => {
    let closed = false;
    const { edge, io } = fakeEdge();
    async function* endless() {
      try {
        for (let id = 0; ; id++) yield { id };
      } finally {
        closed = true;
      }
    }
    const upstream = asset("upstream", { materialize: (): { id: number }[] => [] });
    const consumer = asset("consumer", {
      inputs: { rows: stream(upstream) },
      materialize: async ({ rows }) => [(await rows[Symbol.asyncIterator]().next()).value],
    });
    await runStep(consumer, { ...edge, io: () => ({ ...io, load: async () => endless() }) });
    expect(closed).toBe(true);
  });

  test("what is not a fact is refused as metadata", async () => {
    const { edge } = fakeEdge();
    const wrong = asset("wrong", { materialize: (_, { metadata }) => metadata({ rows: {} as never }) });
    await expect(runStep(wrong, edge)).rejects.toThrow(
      'The metadata "rows" is an object. Give a text, a number',
    );
  });
});

describe("an error", () => {
  test("of the function fails the step as it was thrown, with its stack, and nothing is published", async () => {
    const { edge, published } = fakeEdge();
    const thrown = new Error("boom");
    const failing = asset("failing", {
      materialize: () => {
        throw thrown;
      },
    });
    await expect(runStep(failing, edge)).rejects.toBe(thrown);
    expect(thrown.stack).toContain("step.test.ts");
    expect(published).toEqual([]);
  });

  test("in the middle of a generator fails the step, and nothing is published", async () => {
    const { edge, happened } = fakeEdge();
    const failing = asset("failing", {
      materialize: async function* () {
        yield { id: 1 };
        throw new Error("boom");
      },
    });
    await expect(runStep(failing, edge)).rejects.toThrow("boom");
    expect(happened).toEqual(["stage failing"]);
  });

  test("of publishing fails the step, and what was staged is discarded", async () => {
    const { edge, happened } = fakeEdge();
    const failing = asset("failing", { materialize: () => [] });
    const publish = () => Promise.reject(new Error("the fence is gone"));
    await expect(runStep(failing, { ...edge, publish })).rejects.toThrow("the fence is gone");
    expect(happened).toEqual(["stage failing", "discard failing"]);
  });

  test("of loading one input waits until the others have ended", async () => {
    const { edge, io, happened } = fakeEdge();
    const load = async ({ asset }: InputContext) => {
      if (asset === "bad") throw new Error("bad was never materialized");
      await new Promise(resolve => setTimeout(resolve, 10));
      happened.push("loaded slow");
      return [];
    };
    const consumer = asset("consumer", {
      inputs: {
        bad: asset("bad", { materialize: () => [] }),
        slow: asset("slow", { materialize: () => [] }),
      },
      materialize: () => [],
    });
    await expect(runStep(consumer, { ...edge, io: () => ({ ...io, load }) })).rejects.toThrow(
      "never materialized",
    );
    expect(happened).toEqual(["loaded slow"]);
  });

  test("of discarding is logged, and the step stays published", async () => {
    const { edge, io, lines } = fakeEdge();
    const stage: IoManager["stage"] = async (output, value) => ({
      ...(await io.stage(output, value)),
      discard: () => Promise.reject(new Error("lost")),
    });
    await runStep(asset("a", { materialize: () => [] }), { ...edge, io: () => ({ ...io, stage }) });
    expect(lines).toEqual(["warn What a staged could not be removed: lost"]);
  });
});

describe("resources", () => {
  const opened = (name: string, happened: string[]) =>
    resource(name, {
      open: () => void happened.push(`open ${name}`),
      close: () => void happened.push(`close ${name}`),
    });

  test("close in the reverse order, also when the step fails", async () => {
    const { edge, happened } = fakeEdge();
    const failing = asset("failing", {
      resources: { first: opened("first", happened), second: opened("second", happened) },
      materialize: () => {
        throw new Error("boom");
      },
    });
    await expect(runStep(failing, edge)).rejects.toThrow("boom");
    expect(happened).toEqual(["open first", "open second", "close second", "close first"]);
  });

  test("that are open close when a later one cannot be opened, and the error names it and the user's line", async () => {
    const { edge, happened } = fakeEdge();
    const broken = resource("broken", {
      open: () => {
        throw new Error("connection refused");
      },
    });
    const consumer = asset("consumer", {
      resources: { first: opened("first", happened), broken },
      materialize: () => happened.push("materialize"),
    });
    const error = await runStep(consumer, edge).catch(error => error);
    expect(error.message).toBe('The resource "broken" could not be opened: connection refused');
    expect(error.stack).toContain("step.test.ts");
    expect(error.cause.message).toBe("connection refused");
    expect(happened).toEqual(["open first", "close first"]);
  });

  test("are opened once when an asset names one twice", async () => {
    const { edge, happened } = fakeEdge();
    const api = opened("api", happened);
    await runStep(asset("a", { resources: { api, same: api }, materialize: () => [] }), edge);
    expect(happened.filter(it => it.includes("api"))).toEqual(["open api", "close api"]);
  });

  test("that cannot be closed are logged, and the step stays published", async () => {
    const { edge, lines, published } = fakeEdge();
    const api = resource("api", { open: () => 1, close: () => Promise.reject(new Error("already gone")) });
    await runStep(asset("a", { resources: { api }, materialize: () => [] }), edge);
    expect(lines).toEqual(['warn The resource "api" could not be closed: already gone']);
    expect(published).toHaveLength(1);
  });

  test("that are handed in are neither opened nor closed", async () => {
    const { edge, happened } = fakeEdge();
    const api = opened("api", happened);
    let received: unknown;
    const consumer = asset("consumer", {
      resources: { api },
      materialize: (_, { resources }) => {
        received = resources.api;
      },
    });
    await runStep(consumer, { ...edge, openResource: () => ({ value: "fake" }) });
    expect(received).toBe("fake");
    expect(happened).toEqual(["begin", "commit"]);
  });
});
