import { readConfiguration } from "../../src/engine/configuration.ts";
import { startEngine } from "../../src/engine/startEngine.ts";
import type { BackfillRequest } from "../../src/protocol/partitions.ts";
import { openDatabase } from "../../src/store/database.ts";

/** An engine as a process of its own, to be killed: `node engineProgram.ts ROOT TIMING AUTOMATION`, asked by messages. */
const [root = "", timing = "{}", automation = "false"] = process.argv.slice(2);
const configuration = await readConfiguration(root);
const engine = await startEngine({
  configuration,
  database: openDatabase(process.env.MILLRACE_DATABASE_URL ?? "", { name: "millrace victim" }),
  name: "victim",
  timing: JSON.parse(timing),
  automation: automation === "true",
});
await engine.definitions();
process.on("message", async (asked: string | BackfillRequest) => {
  if (typeof asked === "string") {
    process.send?.((await engine.materialize({ selection: asked, requestedBy: "test" })).runId);
  } else process.send?.((await engine.launchBackfill(asked)).backfillId);
});
process.once("disconnect", () => process.exit());
process.send?.("ready");
