import { describe, expect, test } from "vitest";
import { chooseNode } from "../../src/vscode/nodeChoice.ts";

describe("the Node that runs the engine", () => {
  test("is the user's own when it is new enough", async () => {
    expect(await choose({ node: "v20.19.0" })).toMatchObject({ command: "node", env: {} });
    expect(await choose({ node: "v24.1.0" })).toMatchObject({ command: "node" });
  });

  test("is the editor's own executable when the user's is too old or absent", async () => {
    const editor = { command: "/opt/editor", env: { ELECTRON_RUN_AS_NODE: "1" } };
    expect(await choose({ node: "v18.20.4" })).toMatchObject(editor);
    expect(await choose({ node: "v20.18.3" })).toMatchObject(editor);
    expect(await choose({})).toMatchObject(editor);
  });

  test("is the one that the setting names", async () => {
    expect(await choose({ node: "v24.0.0", "/opt/node": "v22.0.0" }, "/opt/node")).toMatchObject({
      command: "/opt/node",
    });
  });

  test("is never another one when the setting cannot work: the sentence names the setting", async () => {
    await expect(choose({ node: "v24.0.0" }, "/gone")).rejects.toThrow(/millrace\.node\.path.*"\/gone"/);
    await expect(choose({ "/old": "v16.0.0" }, "/old")).rejects.toThrow(/Node v16\.0\.0.*20\.19 or newer/);
  });

  test("is asked for its version really", async () => {
    expect((await chooseNode(process.execPath, "/opt/editor")).reason).toContain(process.version);
    await expect(chooseNode("/no/such/node", "/opt/editor")).rejects.toThrow(/does not run/);
  });
});

function choose(installed: Record<string, string>, setting = "") {
  return chooseNode(setting, "/opt/editor", async command => installed[command] ?? null);
}
