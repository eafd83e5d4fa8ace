import type { Port } from "./channel.ts";

/** The part of Node's readable stream that a port needs; `protocol` itself stands on no platform. */
export interface TextSource {
  setEncoding(encoding: "utf8"): unknown;
  on(event: "data", listener: (chunk: string) => void): unknown;
  on(event: "end" | "close" | "error", listener: () => void): unknown;
}

/** The part of Node's writable stream that a port needs. */
export interface TextSink {
  write(text: string): unknown;
  on(event: "close" | "error", listener: () => void): unknown;
}

/**
 * A port over a pair of streams: one JSON message per line.
 * Lines that are no JSON are dropped, for whatever a process prints may land in between.
 */
export function streamPort(source: TextSource, sink: TextSink): Port {
  const messageListeners: ((message: unknown) => void)[] = [];
  const closeListeners: (() => void)[] = [];
  let unfinishedLine = "";
  let closed = false;

  for (const event of ["end", "close", "error"] as const) source.on(event, close);
  for (const event of ["close", "error"] as const) sink.on(event, close);

  return {
    post(message) {
      if (!closed) sink.write(`${JSON.stringify(message)}\n`);
    },
    onMessage(listener) {
      messageListeners.push(listener);
      // Reading begins with the first listener, so that no message arrives before someone listens.
      if (messageListeners.length === 1) {
        source.setEncoding("utf8");
        source.on("data", read);
      }
    },
    onClose(listener) {
      if (closed) listener();
      else closeListeners.push(listener);
    },
  };

  function read(chunk: string) {
    const lines = chunk.split("\n");
    lines[0] = unfinishedLine + lines[0];
    unfinishedLine = lines.pop() ?? "";
    for (const line of lines) {
      const message = parse(line);
      if (message !== undefined) for (const listener of messageListeners) listener(message);
    }
  }

  function close() {
    if (closed) return;
    closed = true;
    for (const listener of closeListeners) listener();
  }
}

function parse(line: string): unknown {
  if (!line.trimStart().startsWith("{")) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
