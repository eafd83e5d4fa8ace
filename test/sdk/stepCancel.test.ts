import { asset, resource, stream } from "millrace";
import { describe, expect, test } from "vitest";
import { runStep } from "../../src/sdk/step.ts";
import { isStepCanceled } from "../../src/sdk/stepErrors.ts";
import { fakeEdge } from "./fakeEdge.ts";

describe("a canceled step", () => {
  const never = () => new Promise<never>(() => {});

  test("does not begin when the run is canceled already", async () => {
    const { edge, happened } = fakeEdge();
    const own = asset("own", { materialize: () => void happened.push("materialize") });
    await rejectsAsCanceled(runStep(own, { ...edge, signal: AbortSignal.abort() }));
    expect(happened).toEqual([]);
  });

  test.each([
    [
      "opens",
      () => asset("a", { resources: { api: resource("api", { open: never }) }, materialize: () => [] }),
    ],
    ["makes its rows", () => asset("a", { materialize: never })],
    [
      "makes the next row",
      () =>
        asset("a", {
          materialize: async function* () {
            yield { id: 1 };
            await never();
          },
        }),
    ],
    [
      "checks its rows",
      () => asset("a", { checks: [{ name: "never", rows: never }], materialize: () => [] }),
    ],
  ])("rejects at once while user code %s that ignores the signal", async (_, stubborn) => {
    const { edge, cancel, published } = fakeEdge();
    const running = runStep(stubborn(), edge);
    setTimeout(cancel, 5);
    const began = performance.now();
    await rejectsAsCanceled(running);
    expect(performance.now() - began).toBeLessThan(1000);
    expect(published).toEqual([]);
  });

  test("rejects at once while the function reads a stream that has no next row", async () => {
    const { edge, io, cancel } = fakeEdge();
    const upstream = asset("upstream", { materialize: (): { id: number }[] => [] });
    const consumer = asset("consumer", {
      inputs: { rows: stream(upstream) },
      materialize: async function* ({ rows }) {
        for await (const row of rows) yield row;
      },
    });
    const load = async () => ({ [Symbol.asyncIterator]: () => ({ next: never }) });
    const running = runStep(consumer, { ...edge, io: () => ({ ...io, load }) });
    setTimeout(cancel, 5);
    await rejectsAsCanceled(running);
  });

  test("drops the late error of what it left behind", async () => {
    const { edge, cancel } = fakeEdge();
    const unhandled: unknown[] = [];
    const listen = (error: unknown) => unhandled.push(error);
    process.on("unhandledRejection", listen);
    let fail: (error: Error) => void = () => {};
    const stubborn = asset("stubborn", {
      materialize: () => new Promise<[]>((_, reject) => (fail = reject)),
    });
    const running = runStep(stubborn, edge);
    setTimeout(cancel, 5);
    await rejectsAsCanceled(running);
    fail(new Error("too late"));
    await new Promise(resolve => setTimeout(resolve, 20));
    process.off("unhandledRejection", listen);
    expect(unhandled).toEqual([]);
  });

  test("is told as canceled when the function heeds the signal and throws", async () => {
    const { edge, cancel } = fakeEdge();
    const heeding = asset("heeding", {
      materialize: (_, { signal }) =>
        new Promise<[]>((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted")))),
    });
    const running = runStep(heeding, edge);
    setTimeout(cancel, 5);
    await rejectsAsCanceled(running);
  });

  test("publishes nothing when the signal aborts after the function returned", async () => {
    const { edge, cancel, published } = fakeEdge();
    const late = asset("late", {
      materialize: () => {
        cancel();
        return [];
      },
    });
    await rejectsAsCanceled(runStep(late, edge));
    expect(published).toEqual([]);
  });

  test("discards what was staged and closes its resources", async () => {
    const { edge, cancel, happened } = fakeEdge();
    const api = resource("api", { open: () => 1, close: () => void happened.push("close api") });
    const stubborn = asset("stubborn", {
      resources: { api },
      checks: [{ name: "never", rows: never }],
      materialize: () => [],
    });
    const running = runStep(stubborn, edge);
    setTimeout(cancel, 5);
    await rejectsAsCanceled(running);
    expect(happened).toEqual(["stage stubborn", "discard stubborn", "close api"]);
  });

  test("does not wait for a resource that cannot close while code that was left behind uses it", async () => {
    const { edge, cancel } = fakeEdge();
    const pool = resource("pool", { open: () => 1, close: never });
    const stubborn = asset("stubborn", { resources: { pool }, materialize: never });
    const running = runStep(stubborn, edge);
    setTimeout(cancel, 5);
    await rejectsAsCanceled(running);
  });

  test("closes a resource that opens after all", async () => {
    const { edge, cancel, happened } = fakeEdge();
    let open: (value: string) => void = () => {};
    const api = resource("api", {
      open: () => new Promise<string>(resolve => (open = resolve)),
      close: value => void happened.push(`close ${value}`),
    });
    const running = runStep(asset("a", { resources: { api }, materialize: () => [] }), edge);
    setTimeout(cancel, 5);
    await rejectsAsCanceled(running);
    open("late");
    await new Promise(resolve => setTimeout(resolve, 5));
    expect(happened).toEqual(["close late"]);
  });

  async function rejectsAsCanceled(running: Promise<unknown>) {
    const error = await running.then(
      () => null,
      error => error,
    );
    expect(isStepCanceled(error)).toBe(true);
  }
});
