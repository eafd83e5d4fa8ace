import { expect, test } from "vitest";
import { createWorkers } from "../../src/engine/workers.ts";

test("who was still loading when the engine stopped starts no process that nobody would end", async () => {
  const workers = createWorkers(
    { root: "/", databaseUrl: "", assetSchema: "assets", sensorsOnly: true },
    () => {},
  );
  await workers.stop();
  const late = workers.load({ digest: "late", modules: [], problems: [] });
  await expect(late).rejects.toThrow("The engine has stopped.");
});
