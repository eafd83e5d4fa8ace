import { afterEach, expect, test } from "vitest";
import type { AssetKey } from "../../src/model/assetKey.ts";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;
afterEach(() => workspace?.remove());

const assets = `import { asset } from "millrace";

export const answer = asset("answer", {
  materialize: () => {
    const value = 6 * 7;
    debugger;
    return [{ value }];
  },
});
`;

test("a debugger attaches to the warm worker, which then stops where it is told to", {
  timeout: 60_000,
}, async () => {
  workspace = await testWorkspace({ "assets.ts": assets });
  const engine = await workspace.engine();
  const { port } = await engine.openInspector();
  expect(await engine.openInspector()).toEqual({ port });
  const [target] = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
    webSocketDebuggerUrl: string;
  }[];
  const scripts = new Map<string, { url: string; sourceMapURL: string }>();
  const paused: unknown[] = [];
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? "");
  const send = (id: number, method: string) => socket.send(JSON.stringify({ id, method }));
  await new Promise(resolve => socket.addEventListener("open", resolve, { once: true }));
  socket.addEventListener("message", ({ data }) => {
    const { method, params } = JSON.parse(String(data));
    if (method === "Debugger.scriptParsed") scripts.set(params.scriptId, params);
    if (method !== "Debugger.paused") return;
    const [{ functionName, location }] = params.callFrames;
    paused.push({ functionName, ...scripts.get(location.scriptId) });
    send(2, "Debugger.resume");
  });
  send(1, "Debugger.enable");
  await new Promise(resolve => setTimeout(resolve, 300));

  const { runId } = await engine.materialize({ selection: "answer", requestedBy: "test" });
  expect(await engine.waitForRun(runId)).toMatchObject({ status: "succeeded" });
  // Its map leads an editor to the line of the user's file.
  expect(paused).toMatchObject([
    {
      functionName: "materialize",
      url: expect.stringContaining("/.millrace/definitions/"),
      sourceMapURL: expect.stringContaining(".map"),
    },
  ]);

  socket.close();
  await engine.closeInspector();
  await expect
    .poll(() =>
      fetch(`http://127.0.0.1:${port}/json/list`).then(
        () => "listens",
        () => "closed",
      ),
    )
    .toBe("closed");
});

const checked = `import { asset } from "millrace";

export const answer = asset("answer", {
  materialize: () => [{ value: 42 }],
  checks: [{
    name: "even",
    rows: async function isEven(rows) {
      for await (const row of rows) {
        debugger;
        if (Number(row.value) % 2 === 1) return false;
      }
    },
  }],
});
`;

test("a check that is run by itself stops in its function, for as long as somebody looks", {
  timeout: 60_000,
}, async () => {
  workspace = await testWorkspace({ "assets.ts": checked });
  const engine = await workspace.engine();
  const { runId } = await engine.materialize({ selection: "answer", requestedBy: "test" });
  await engine.waitForRun(runId);
  const { port } = await engine.openInspector();
  const [target] = (await (await fetch(`http://127.0.0.1:${port}/json/list`)).json()) as {
    webSocketDebuggerUrl: string;
  }[];
  const stops: string[] = [];
  const socket = new WebSocket(target?.webSocketDebuggerUrl ?? "");
  await new Promise(resolve => socket.addEventListener("open", resolve, { once: true }));
  const enabled = new Promise<void>(resolve =>
    socket.addEventListener("message", ({ data }) => {
      const { id, method, params } = JSON.parse(String(data));
      if (id === 1) resolve();
      if (method !== "Debugger.paused") return;
      stops.push(params.callFrames[0].functionName);
      socket.send(JSON.stringify({ id: 2, method: "Debugger.resume" }));
    }),
  );
  socket.send(JSON.stringify({ id: 1, method: "Debugger.enable" }));
  await enabled;
  const asset = "answer" as AssetKey;
  expect(await engine.runChecks([{ asset, name: "even", uniqueId: null }])).toMatchObject([
    { status: "passed" },
  ]);
  expect(stops).toEqual(["isEven"]);
  socket.close();
  await engine.closeInspector();
});
