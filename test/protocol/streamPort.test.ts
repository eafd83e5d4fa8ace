import { PassThrough } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ChannelClosed, connect } from "../../src/protocol/channel.ts";
import { streamPort } from "../../src/protocol/streamPort.ts";

describe("a port over a pair of streams", () => {
  test("messages arrive whole and in order, however the bytes are cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ text: fc.string({ unit: "grapheme" }), n: fc.integer() }), { maxLength: 8 }),
        fc.integer({ min: 1, max: 7 }),
        async (messages, size) => {
          const bytes = Buffer.from(messages.map(it => `${JSON.stringify(it)}\n`).join(""));
          const source = new PassThrough();
          const received = receive(source);
          for (let at = 0; at < bytes.length; at += size) source.write(bytes.subarray(at, at + size));
          source.end();
          expect(await received).toEqual(messages);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("lines that are no message are dropped, and the ones around them still arrive", async () => {
    const source = new PassThrough();
    const received = receive(source);
    source.end('{"a":1}\nWarning: something\n{"half":\n\n42\r\n  {"b":2}\r\n{"never ended":');
    expect(await received).toEqual([{ a: 1 }, { b: 2 }]);
  });

  test("a line break inside a value stays inside its message", async () => {
    const wire = new PassThrough();
    const received = receive(wire);
    const port = streamPort(new PassThrough(), wire);
    port.post({ text: "one\ntwo\u2028three" });
    wire.end();
    expect(await received).toEqual([{ text: "one\ntwo\u2028three" }]);
  });

  test("two sides speak through it, and calls that wait when it closes are rejected", async () => {
    const there = new PassThrough();
    const back = new PassThrough();
    connect(streamPort(there, back), {
      double: (n: number) => n * 2,
      never: () => new Promise(() => {}),
    });
    const far = connect<object, { double(n: number): number; never(): void }>(streamPort(back, there), {});
    expect(await far.double(21)).toBe(42);
    const waiting = far.never();
    back.end();
    await expect(waiting).rejects.toThrow(ChannelClosed);
    await expect(far.double(1)).rejects.toThrow(ChannelClosed);
  });

  test("a reader that went away closes the port instead of ending the process", async () => {
    const sink = new PassThrough();
    const port = streamPort(new PassThrough(), sink);
    const closed = new Promise<void>(resolve => port.onClose(resolve));
    sink.destroy(new Error("EPIPE"));
    await closed;
    expect(() => port.post({ late: true })).not.toThrow();
  });

  test("who asks after the end is told at once", async () => {
    const source = new PassThrough();
    const port = streamPort(source, new PassThrough());
    source.destroy();
    await new Promise(resolve => setImmediate(resolve));
    let told = false;
    port.onClose(() => {
      told = true;
    });
    expect(told).toBe(true);
  });
});

function receive(source: PassThrough): Promise<unknown[]> {
  const received: unknown[] = [];
  const port = streamPort(source, new PassThrough());
  port.onMessage(message => received.push(message));
  return new Promise(resolve => port.onClose(() => resolve(received)));
}
