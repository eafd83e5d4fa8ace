import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { until } from "../../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../../support/workspace.ts";

let workspace: TestWorkspace;
let engine: Engine;
const told: string[] = [];

beforeAll(async () => {
  workspace = await testWorkspace({
    "assets.ts": `
      import { asset, dailyPartitions, fileSensor, runRequest } from "millrace";
      export const visits = asset("visits", {
        partitions: dailyPartitions({ start: "2026-01-01" }),
        materialize: () => [{ n: 1 }],
      });
      export const incoming = fileSensor("incoming", {
        files: "incoming/*.csv",
        every: "1 h",
        run: ({ files }) =>
          files.map(({ path }) => runRequest({ key: path, assets: [visits], partition: path.slice(9, -4) })),
      });`,
  });
  await mkdir(join(workspace.root, "incoming"));
  for (const name of ["2026-01-01", "2026-01-02", "wrong-name", "2026-01-03"]) {
    await workspace.write(`incoming/${name}.csv`, "1");
  }
  engine = await workspace.engine({
    automation: true,
    timing: { lease: 3_000, cancelGrace: 500 },
    client: { logged: (_, lines) => void told.push(...lines.map(it => it.message)) },
  });
});

afterAll(() => workspace?.remove());

const made = async () =>
  (
    await workspace.query<{ partition: string }>(
      "select partition from millrace.asset_partition where materialization_id is not null order by 1",
    )
  ).map(it => it.partition);
const failing = () => engine.automationState()?.loops.flatMap(it => it.failing) ?? [];

test("a file that cannot be handed over holds up no other, and is named until it is gone", async () => {
  await engine.definitions();
  expect(await until(async () => (await made()).length === 3, 30_000)).toBe(true);
  expect(await made()).toEqual(["2026-01-01", "2026-01-02", "2026-01-03"]);
  expect(await until(() => failing().length === 1, 10_000)).toBe(true);
  expect(failing()[0]).toMatch(
    /^The sensor incoming fails: incoming\/wrong-name\.csv: The request with the key "incoming\/wrong-name\.csv" cannot be run: /,
  );
});

test("what comes later is handed over at once, and without it", async () => {
  await workspace.write("incoming/2026-01-04.csv", "1");
  expect(await until(async () => (await made()).includes("2026-01-04"), 20_000)).toBe(true);
  const tested = await engine.testTick({ kind: "sensor", name: "incoming" });
  expect(tested).toMatchObject({ status: "failed", isInParts: false });
});

test("the log names each bad file once, whatever comes beside it, and says when it is out of the way", async () => {
  const handed = async (name: string) => (await made()).includes(name);
  const ofFile = (name: string) => told.filter(it => it.includes(`/${name}.csv`));
  await workspace.write("incoming/other-name.csv", "1");
  expect(await until(() => ofFile("other-name").length > 0, 20_000)).toBe(true);
  for (const day of ["2026-01-05", "2026-01-06", "2026-01-07"]) {
    await workspace.write(`incoming/${day}.csv`, "1");
    expect(await until(() => handed(day), 20_000)).toBe(true);
  }
  expect(ofFile("other-name")).toEqual([
    expect.stringMatching(/^The sensor incoming fails: incoming\/other/),
  ]);
  expect(told.filter(it => it.includes("well again"))).toEqual([]);

  await rm(join(workspace.root, "incoming/other-name.csv"));
  expect(await until(() => ofFile("other-name").length > 1, 40_000)).toBe(true);
  expect(ofFile("other-name").at(-1)).toBe(
    "The sensor incoming no longer fails for incoming/other-name.csv.",
  );
  await rm(join(workspace.root, "incoming/wrong-name.csv"));
  expect(await until(() => failing().length === 0, 40_000)).toBe(true);
  expect(told.at(-1)).toBe("The sensor incoming is well again.");
  expect(told.filter(it => it.includes("incoming/wrong-name.csv: "))).toHaveLength(1);
});
